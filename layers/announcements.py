"""Who is to be told of a new version: one notice for each subscriber, written in the publishing transaction."""

from layers import models
from layers.spec import LayerSpec


def announce(layer: LayerSpec, version: models.Version) -> int:
    """Write the notices of a new version; return how many. Workers send them (ingest.webhooks)."""
    told = {
        "type": "version.published", "layer": layer.slug, "version": version.number, "published": version.published.isoformat(),
        "survey_date": version.survey_date.isoformat() if version.survey_date else None, "restores": version.restores,
        "added": version.added, "changed": version.changed, "removed": version.removed,
        "changes": f"/changes/{layer.slug}/features?from={version.number - 1}&to={version.number}",
    }  # fmt: skip
    subscribed = models.Subscription.objects.filter(is_active=True)
    mine = subscribed.filter(layer=None) | subscribed.filter(layer_id=layer.id)
    return len(models.Notice.objects.bulk_create(models.Notice(subscription=each, layer=layer.slug, body=told) for each in mine))
