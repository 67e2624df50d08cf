"""Traces as compressed bytes. Old ones stay plain JSON inside the bytes, which is read as well."""

from django.db import migrations

import recommendations.fields


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0003_item_days")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE recommendations_decision ALTER COLUMN trace TYPE bytea"
                    " USING convert_to(trace::text, 'UTF8')"
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="decision",
                    name="trace",
                    field=recommendations.fields.CompressedJSONField(default=dict),
                )
            ],
        )
    ]
