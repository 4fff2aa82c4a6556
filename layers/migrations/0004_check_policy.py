"""A layer may say which checks its deliveries get, and how grave."""


from django.db import migrations, models

import layers.models.catalogue


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0003_themes'),
    ]

    operations = [
        migrations.AddField(
            model_name='layer',
            name='check_policy',
            field=models.JSONField(blank=True, default=dict, help_text='by rule (docs/checks.md): {"topology-gap": "off", "geometry-tiny": {"severity": "blocking", "limit": 0.5}}', validators=[layers.models.catalogue.check_policy_is_readable], verbose_name='check policy'),
        ),
    ]
