from django.db import migrations

# Names are looked up by the schema of the table, because callers have other schemas in their search path. The row in
# tenants_due has a moment of its own: two transactions that audit at once must not wait for each other.
NOTE = """
CREATE FUNCTION workspace_note_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.workspace_auditunsealed (record_id) VALUES ($1)', TG_TABLE_SCHEMA) USING NEW.id;
    INSERT INTO public.tenants_due (tenant_id, queue, at)
        SELECT t.id, 'audit', date_trunc('minute', clock_timestamp()) + interval '1 minute'
            + (pg_current_xact_id()::text::bigint % 1000000) * interval '1 microsecond'
        FROM public.tenants_tenant t WHERE t.schema_name = TG_TABLE_SCHEMA
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$"""
REFUSE = """
CREATE FUNCTION workspace_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$"""
TRIGGERS = """
CREATE TRIGGER note_audit AFTER INSERT ON workspace_auditrecord
    FOR EACH ROW EXECUTE FUNCTION workspace_note_audit();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON workspace_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION workspace_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON workspace_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION workspace_refuse_change()"""
DROP = """
DROP TRIGGER append_only ON workspace_auditseal;
DROP TRIGGER append_only ON workspace_auditrecord;
DROP TRIGGER note_audit ON workspace_auditrecord"""


class Migration(migrations.Migration):
    dependencies = [("workspace", "0002_audit_seals"), ("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(NOTE, "DROP FUNCTION workspace_note_audit"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION workspace_refuse_change"),
        migrations.RunSQL(TRIGGERS, DROP),
        # What was written before there were seals.
        migrations.RunSQL(
            "INSERT INTO workspace_auditunsealed (record_id) SELECT id FROM workspace_auditrecord",
            migrations.RunSQL.noop,
        ),
    ]
