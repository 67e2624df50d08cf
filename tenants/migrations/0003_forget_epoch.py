from django.db import migrations


class Migration(migrations.Migration):
    """The number that moves with every erasure (see tenants.forgetting). Public, like the keys of persons."""

    dependencies = [("tenants", "0002_extensions_and_keyring")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS tenants_forget_epoch",
            "DROP SEQUENCE IF EXISTS tenants_forget_epoch",
        ),
    ]
