"""The theme tree every city starts with."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

THEMES = (
    ("planning", "规划", "Planning"),
    ("heritage", "文物", "Heritage"),
    ("land", "土地", "Land"),
    ("nature", "自然资源", "Natural resources"),
    ("environment", "环保", "Environment"),
    ("transport", "交通", "Transport"),
    ("housing", "房屋", "Housing"),
    ("agriculture", "农林水气", "Agriculture, forestry, water, weather"),
    ("admin", "行政区划", "Administrative divisions"),
    ("base", "底图", "Base map"),
    ("imagery", "影像", "Imagery"),
    ("terrain", "地形", "Terrain"),
)


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the themes."""
    theme = apps.get_model("layers", "Theme")
    for order, (slug, zh, en) in enumerate(THEMES):
        theme.objects.get_or_create(slug=slug, defaults={"title_zh": zh, "title_en": en, "order": order})


class Migration(migrations.Migration):
    """Make the themes."""

    dependencies: ClassVar = [("layers", "0002_schemas")]
    operations: ClassVar = [migrations.RunPython(make, migrations.RunPython.noop)]
