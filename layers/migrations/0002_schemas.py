"""The schemas of the layers' rows and of the drawing functions, and the revision's one row."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Make what no model describes."""

    dependencies: ClassVar = [("layers", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS geodata; CREATE SCHEMA IF NOT EXISTS draw;",
            "DROP SCHEMA IF EXISTS draw CASCADE; DROP SCHEMA IF EXISTS geodata CASCADE;",
        ),
        migrations.RunSQL(
            "INSERT INTO layers_revision (id, rules, pointers) VALUES (1, 1, 1)",
            "DELETE FROM layers_revision",
        ),
    ]
