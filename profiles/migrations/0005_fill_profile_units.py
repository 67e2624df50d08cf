from django.db import migrations

# The identifier that came first; whoever has none is named by the profile's own uuid.
FILL = """
UPDATE profiles_profile p SET unit = coalesce(
    (SELECT i.blind FROM profiles_identifier i WHERE i.profile_id = p.id ORDER BY i.created_at, i.id LIMIT 1),
    uuid_send(p.uuid))
WHERE unit = ''"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0004_profile_unit")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
