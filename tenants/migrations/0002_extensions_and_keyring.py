from django.db import migrations


class Migration(migrations.Migration):
    """The vector extension lives in the public schema, which every tenant's search path includes."""

    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS tenants_keyring_epoch",
            "DROP SEQUENCE IF EXISTS tenants_keyring_epoch",
        ),
    ]
