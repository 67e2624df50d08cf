"""Whose rows may leave, and under which pseudonym."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Cursor

from compliance.consent import allowed
from tenants.connectors.base import Link

# What exporting is for. A vendor that advertises would ask for marketing.
PURPOSE = "analytics"


def pseudonyms(cursor: Cursor, link: Link, profile_ids: Iterable[int | None]) -> dict[int, tuple[int, str]]:
    """Profile → (the profile that it is now, its uuid), of those whose owner agrees to analytics.

    A profile that was merged meanwhile is followed; one that was erased is not in the answer.
    """
    wanted = {profile for profile in profile_ids if profile is not None}
    if not wanted:
        return {}
    rows = cursor.execute(
        f"""WITH RECURSIVE now AS (
                SELECT id AS asked, id FROM unnest(%b::bigint[]) AS t(id)
                UNION
                SELECT n.asked, m.kept_id FROM now n JOIN "{link.scope.schema}".profiles_merge m ON m.gone_id = n.id
            )
            SELECT n.asked, p.id, p.uuid::text FROM now n
            JOIN "{link.scope.schema}".profiles_profile p ON p.id = n.id""",
        [list(wanted)],
    ).fetchall()
    agreed = allowed(link.scope.schema, {profile for _, profile, _ in rows}, PURPOSE)
    return {asked: (profile, uuid) for asked, profile, uuid in rows if profile in agreed}
