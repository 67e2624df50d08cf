"""Tell Valkey which version each shopper has now: the answer cache uses a stored answer only when it matches.

The numbers are written down in the batch's own transaction (VersionNote) and the note is deleted once Valkey has
them. A worker that dies in between, or a Valkey that is away, leaves the note, and the next look at the tenant tells
it again. Told twice or out of order, a key only ever grows; a version never comes back because it starts at the
number of the shopper's first event. While Valkey is away nothing is answered from it, so nothing old is shown.
"""

from __future__ import annotations

import orjson
import structlog
from psycopg import Cursor

from tenants import redis

log = structlog.get_logger("attune.processing.versions")

# Answers live five minutes; a shopper without a key is read from the database.
KEEP_SECONDS = 7 * 86400
_RAISE = """
for i, key in ipairs(KEYS) do
    local now = tonumber(redis.call('GET', key) or '-1')
    if now < tonumber(ARGV[i + 1]) then redis.call('SET', key, ARGV[i + 1], 'EX', ARGV[1])
    else redis.call('EXPIRE', key, ARGV[1]) end
end
return #KEYS"""


def version_key(schema: str, blind_hex: str) -> str:
    return f"{schema}:v:{blind_hex}"


def write_note(cursor: Cursor, schema: str, versions: dict[str, int]) -> int | None:
    """Note what has to be told, in the caller's transaction; the note's id."""
    if not versions:
        return None
    row = cursor.execute(
        f"""INSERT INTO "{schema}".profiles_versionnote (made_at, versions) VALUES (now(), %s::jsonb)
            RETURNING id""",
        [orjson.dumps(versions).decode()],
    ).fetchone()
    return int(row[0]) if row else None


def tell(schema: str, versions: dict[str, int]) -> bool:
    """Raise the versions in Valkey; False when it is away (the note stays)."""
    try:
        redis.run(
            lambda client: client.eval(
                _RAISE,
                len(versions),
                *(version_key(schema, blind) for blind in versions),
                KEEP_SECONDS,
                *versions.values(),
            )
        )
    except redis.Unavailable as error:
        log.warning("versions not told to Valkey; they stay noted", tenant=schema, error=str(error))
        return False
    return True


def tell_noted(cursor: Cursor, schema: str) -> bool:
    """Tell what earlier batches could not; False when Valkey is still away."""
    rows = cursor.execute(
        f'SELECT id, versions::text FROM "{schema}".profiles_versionnote ORDER BY id LIMIT 200'
    ).fetchall()
    for note_id, versions in rows:
        if not tell(schema, orjson.loads(versions)):
            return False
        forget_note(cursor, schema, note_id)
    return True


def forget_note(cursor: Cursor, schema: str, note_id: int) -> None:
    cursor.execute(f'DELETE FROM "{schema}".profiles_versionnote WHERE id = %s', [note_id])
