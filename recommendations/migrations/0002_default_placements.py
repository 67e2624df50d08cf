from django.db import migrations

DEFAULTS = [
    ("home", "Home page", "personal", 15, 3),
    ("product", "Product page: similar", "similar", 10, 0),
    ("cart", "Cart: bought together", "complement", 10, 3),
    ("search", "Search page", "personal", 15, 3),
    ("trending", "Trending now", "trending", 15, 3),
    ("email", "E-mail", "personal", 6, 3),
    ("sms", "SMS", "personal", 1, 0),
    ("push", "Push message", "personal", 1, 0),
    ("app", "App home", "personal", 15, 3),
]


def create(apps, schema_editor):
    placement = apps.get_model("recommendations", "Placement")
    placement.objects.bulk_create(
        placement(key=key, name=name, strategy=strategy, size=size, max_per_category=limit)
        for key, name, strategy, size, limit in DEFAULTS
    )


def remove(apps, schema_editor):
    apps.get_model("recommendations", "Placement").objects.filter(
        key__in=[row[0] for row in DEFAULTS]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0001_initial")]

    operations = [
        # Personal histories are packed binary: compressing them again only costs time on the hot path.
        migrations.RunSQL(
            "ALTER TABLE recommendations_shopperstate ALTER COLUMN blob SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(create, remove),
    ]
