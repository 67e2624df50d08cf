"""What one profile holds today was joined by somebody: links say so, or the next rule would take it apart.

From the profile's user id, else from its first identifier, to each other one; earlier than anything that is said later.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("profiles", "0018_identity_graph")]

    operations = [
        migrations.RunSQL(
            r"""INSERT INTO profiles_link (a, b, at, key, by_user, how, refused)
                SELECT least(c.blind, i.blind), greatest(c.blind, i.blind), 0, '\x00'::bytea,
                       'user_id' IN (c.kind, i.kind), 'before', ''
                FROM (SELECT DISTINCT ON (profile_id) profile_id, blind, kind, id FROM profiles_identifier
                      WHERE profile_id IS NOT NULL ORDER BY profile_id, kind <> 'user_id', id) AS c
                JOIN profiles_identifier i ON i.profile_id = c.profile_id AND i.id <> c.id
                ON CONFLICT (a, b) DO NOTHING""",
            "DELETE FROM profiles_link WHERE how = 'before'",
        )
    ]
