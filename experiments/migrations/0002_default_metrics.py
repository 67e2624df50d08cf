from django.db import migrations

# key, name, description, kind, what, measure, divided by, its measure, money
DEFAULTS = [
    (
        "click-through", "Click-through", "Share of shoppers who clicked a recommendation.",
        "proportion", "click", "happened", "", "", False,
    ),
    (
        "conversion", "Conversion", "Share of shoppers who ordered.",
        "proportion", "order", "happened", "", "", False,
    ),
    (
        "revenue-per-shopper", "Revenue per shopper", "Worth of a shopper's orders; 0 for those who did not order.",
        "mean", "order", "value", "", "", True,
    ),
    (
        "orders-per-shopper", "Orders per shopper", "How many orders a shopper placed.",
        "mean", "order", "count", "", "", False,
    ),
    (
        "average-order-value", "Average order value", "Revenue over orders.",
        "ratio", "order", "value", "order", "count", True,
    ),
]  # fmt: skip


def create(apps, schema_editor):
    metric = apps.get_model("experiments", "Metric")
    metric.objects.bulk_create(
        metric(
            key=key, name=name, description=description, kind=kind, what=what, measure=measure,
            per_what=per_what, per_measure=per_measure, is_money=money,
        )
        for key, name, description, kind, what, measure, per_what, per_measure, money in DEFAULTS
    )  # fmt: skip


def remove(apps, schema_editor):
    apps.get_model("experiments", "Metric").objects.filter(key__in=[row[0] for row in DEFAULTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_initial")]

    operations = [migrations.RunPython(create, remove)]
