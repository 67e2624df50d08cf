from django.db import migrations

FORBID = """
CREATE FUNCTION journeys_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published version of a journey never changes';
END $$;
CREATE TRIGGER journeys_version_stays BEFORE UPDATE ON journeys_version
    FOR EACH ROW WHEN (OLD.graph IS DISTINCT FROM NEW.graph OR OLD.number <> NEW.number)
    EXECUTE FUNCTION journeys_version_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FORBID,
            "DROP TRIGGER journeys_version_stays ON journeys_version; DROP FUNCTION journeys_version_stays()",
        )
    ]
