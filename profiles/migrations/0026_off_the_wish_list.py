from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0025_days_of_a_zone"),
    ]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="kind",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "viewed"),
                    (2, "added to cart"),
                    (3, "bought"),
                    (4, "removed from cart"),
                    (5, "returned"),
                    (6, "clicked a recommendation"),
                    (7, "put on the wish list"),
                    (8, "taken off the wish list"),
                ]
            ),
        ),
    ]
