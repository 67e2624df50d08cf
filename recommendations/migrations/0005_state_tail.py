from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0004_compressed_traces")]

    operations = [
        migrations.AddField(
            model_name="shopperstate",
            name="tail",
            field=models.BinaryField(
                default=bytes, db_default=b"", help_text="records that `blob` does not have yet"
            ),
        ),
        # Room on the page for the next version of a row, so that no index has to learn of it.
        migrations.RunSQL(
            "ALTER TABLE recommendations_shopperstate SET (fillfactor = 60)",
            "ALTER TABLE recommendations_shopperstate RESET (fillfactor)",
        ),
    ]
