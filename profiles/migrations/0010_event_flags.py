from django.db import migrations, models


class Migration(migrations.Migration):
    """What was found about an event. A constant default costs no rewrite of the partitions."""

    dependencies = [("profiles", "0009_fill_addresses")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE profiles_event ADD COLUMN flags smallint NOT NULL DEFAULT 0",
            "ALTER TABLE profiles_event DROP COLUMN flags",
            state_operations=[
                migrations.AddField(
                    "event",
                    "flags",
                    models.PositiveSmallIntegerField(default=0, help_text="bits of profiles.flags"),
                )
            ],
        ),
    ]
