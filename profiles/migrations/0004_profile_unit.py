from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_letters_and_version_notes")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="unit",
            field=models.BinaryField(
                default=bytes,
                editable=False,
                help_text="the unit of experiments: blind index of the identifier that first named the shopper",
                max_length=16,
            ),
        ),
        migrations.AddIndex(model_name="profile", index=models.Index(fields=["unit"], name="profile_unit")),
    ]
