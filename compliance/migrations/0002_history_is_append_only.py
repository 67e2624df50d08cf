from django.db import migrations

FUNCTION = """
CREATE FUNCTION compliance_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A merge says whose the words are; what was said stays as it was.
    IF to_jsonb(NEW) - 'profile_id' IS DISTINCT FROM to_jsonb(OLD) - 'profile_id' THEN
        RAISE EXCEPTION 'The history of consent is append-only.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$"""
TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE ON compliance_consentrecord
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_words()"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_consent")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION compliance_keep_words"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER append_only ON compliance_consentrecord"),
    ]
