"""Words of browsers that say again what a later one says: forgotten once they are old. Nobody's acts change hands."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

# As long as the shortest retention of events: an act that comes later still is given by the words that are left.
KEPT_DAYS = 90
PORTION = 20_000


def forget_repeated(schema: str, now: dt.datetime | None = None) -> int:
    """Delete old claims whose visitor the next claim, old as well, gives to the same shopper; how many.

    An act is the shopper's whom the first claim at or after it names (see claims.claimant), so of several in a row that
    name one shopper only the last decides. Every last one of a row stays: facts that it gave are kept, too.
    """
    before = int(((now or dt.datetime.now(dt.UTC)) - dt.timedelta(days=KEPT_DAYS)).timestamp() * 1e6)
    deleted, after = 0, b""
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT visitor FROM (
                        SELECT visitor FROM "{schema}".profiles_claim WHERE visitor > %s ORDER BY visitor LIMIT {PORTION}
                    ) AS next ORDER BY visitor DESC LIMIT 1""",
                [after],
            )
            row = cursor.fetchone()
            if row is None:
                return deleted
            last = bytes(row[0])
            cursor.execute(
                f"""DELETE FROM "{schema}".profiles_claim WHERE id IN (
                        SELECT id FROM (
                            SELECT id, shopper, lead(shopper) OVER said AS then_shopper, lead(at) OVER said AS then_at
                            FROM "{schema}".profiles_claim WHERE visitor > %s AND visitor <= %s
                            WINDOW said AS (PARTITION BY visitor ORDER BY at, key)) AS claim
                        WHERE shopper = then_shopper AND then_at < %s)""",
                [after, last, before],
            )
            deleted += cursor.rowcount
        after = last
