"""One shopper taken apart by hand: the names that are somebody else's get a profile of their own, and it can be taken back.

What staff says is a cut, which outweighs every link: the same events, or later ones, do not merge the two again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import Cursor
from psycopg.errors import DeadlockDetected

from tenants import audit
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..models import Event, Identifier, Interaction, Profile
from ..processing.decode import origin_of
from .models import Claim, Cut, IdentityChange
from .partition import pair
from .regroup import Busy, Regrouped, follow_links
from .rules import ANONYMOUS, USER, Rules
from .sorting import TooMuch
from .store import read_rules

STAFF = "staff"


class NotPossible(ValueError):
    """Why these names can't be separated; a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What a separation would move: names, events, and interactions that came under them."""

    names: int
    events: int
    interactions: int


def preview(scope: Scope, profile: Profile, names: Collection[bytes]) -> Moves:
    """What would go with the names; reads only. Raises `NotPossible`."""
    moving, visitors, _ = _sides(profile, set(names))
    blinds = [*moving, *visitors]
    return Moves(
        len(blinds),
        Event.objects.filter(profile_id=profile.pk, handle__in=blinds).count(),
        Interaction.objects.filter(profile_id=profile.pk, origin__in=[origin_of(b) for b in blinds]).count(),
    )


def unmerge(
    scope: Scope, profile_id: int, names: Collection[bytes], *, actor: str, why: str = ""
) -> IdentityChange:
    """Give the names a profile of their own: the one that they had before a merge, when they had one.

    Their events, facts, traits and words on consent go along. Raises `NotPossible`, or `Busy` while events change the
    same shopper; then nothing happened.
    """
    with tenant_connection(scope.schema), transaction.atomic():
        _one_at_a_time(scope)
        profile = Profile.objects.filter(pk=profile_id).first()
        if profile is None:
            raise NotPossible("This shopper is no more.")
        moving, visitors, anchor = _sides(profile, set(names))
        facts = preview(scope, profile, names)
        change = IdentityChange.objects.create(
            what=IdentityChange.What.UNMERGED,
            kept_id=profile.pk,
            other_id=profile.pk,
            actor=actor,
            why=why[:200],
            facts={"names": facts.names, "events": facts.events, "interactions": facts.interactions},
        )
        with Cursor(connection.connection) as cursor:
            rules = read_rules(cursor, scope.schema)
            for a, b in sorted({pair(*p) for p in anchor}):
                Cut.objects.create(a=a, b=b, change=change)
            _hold_together(cursor, scope.schema, sorted(moving))
            done = _follow(cursor, scope, moving, rules, own=visitors, what="unmerged")
        theirs = Identifier.objects.filter(blind__in=[*moving, *visitors]).exclude(profile_id=profile.pk)
        separated = theirs.exclude(profile=None).values_list("profile_id", flat=True).first()
        if separated is None:
            raise NotPossible("Nothing would be separated: these names belong to nobody else.")
        # The entry of staff says what the automatic one would say again.
        IdentityChange.objects.filter(
            pk__gt=change.pk, what="unmerged", actor="", kept_id=profile.pk
        ).delete()
        change.other_id = separated
        change.save(update_fields=["other_id"])
        audit.record(
            "identity.unmerged", f"profile:{profile.uuid}", actor, parts=len(done.split), **change.facts
        )
    return change


def undo(scope: Scope, change_id: int, *, actor: str) -> IdentityChange:
    """Take a separation back: what was said by events holds again. Harmless twice. Raises `NotPossible`, `Busy`."""
    with tenant_connection(scope.schema), transaction.atomic():
        change = IdentityChange.objects.select_for_update().filter(pk=change_id, what="unmerged").first()
        if change is None:
            raise NotPossible("There is no such separation.")
        cuts = list(change.cuts.filter(undone_at=None))
        if not cuts:
            return change
        names = {bytes(end) for cut in cuts for end in (cut.a, cut.b)}
        change.cuts.update(undone_at=dt.datetime.now(dt.UTC))
        with Cursor(connection.connection) as cursor:
            rules = read_rules(cursor, scope.schema)
            cursor.execute(
                f"""DELETE FROM "{scope.schema}".profiles_link WHERE how = '{STAFF}' AND a = ANY(%b::bytea[])
                    AND b = ANY(%b::bytea[])""",
                [list(names), list(names)],
            )
            _follow(cursor, scope, names, rules, own=_claimed(names), what="split")
        undone = IdentityChange.objects.create(
            what=IdentityChange.What.UNDONE, kept_id=change.kept_id, other_id=change.other_id, actor=actor
        )
        audit.record("identity.unmerge_undone", f"change:{change.pk}", actor)
    return undone


def _one_at_a_time(scope: Scope) -> None:
    """The second of two colleagues reads what the first one made; workers, who lock names first, are not waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{scope.schema}:unmerge"])


def _follow(
    cursor: Cursor, scope: Scope, names: set[bytes], rules: Rules, *, own: set[bytes], what: str
) -> Regrouped:
    try:
        return follow_links(cursor, scope, names, rules, own=own, what=what)
    except TooMuch as error:
        raise NotPossible(str(error)) from error
    except DeadlockDetected as error:
        raise Busy(
            "These identities are being changed by events at this moment. Please try again."
        ) from error


def _sides(profile: Profile, names: set[bytes]) -> tuple[set[bytes], set[bytes], list[tuple[bytes, bytes]]]:
    """(names that move, visitors who were claimed and leave, pairs to cut)."""
    mine = list(Identifier.objects.filter(profile=profile).order_by("pk"))
    own = {bytes(row.blind): row.kind for row in mine}
    claimed = set()
    said = Claim.objects.filter(shopper__in=list(own), visitor__in=list(names))
    for visitor in said.values_list("visitor", flat=True):
        claimed.add(bytes(visitor))
    moving, visitors = names & own.keys(), (names - own.keys()) & claimed
    if names - moving - visitors:
        raise NotPossible("Some of these names are not this shopper's any more. Please look again.")
    if not names:
        raise NotPossible("Choose the names that are somebody else's.")
    staying = own.keys() - moving
    if not staying:
        raise NotPossible("At least one name has to stay with the shopper.")
    user = next((name for name, kind in own.items() if kind == USER), None)
    unit = bytes(profile.unit)
    cuts: list[tuple[bytes, bytes]] = []
    if moving:
        if user in moving:
            cuts += [(user, name) for name in staying]
        else:
            anchor = user or (unit if unit in staying else min(staying))
            cuts += [(anchor, name) for name in moving]
    cuts += [(visitor, name) for visitor in visitors for name in own if own[name] == USER]
    return moving, visitors, cuts


def _claimed(names: set[bytes]) -> set[bytes]:
    rows = Identifier.objects.filter(blind__in=list(names), kind=ANONYMOUS, profile=None)
    return {bytes(blind) for blind in rows.values_list("blind", flat=True)}


def _hold_together(cursor: Cursor, schema: str, moving: list[bytes]) -> None:
    """Names that are separated together are one person's, unless something else says otherwise."""
    if len(moving) < 2:
        return
    pairs = [pair(moving[0], other) for other in moving[1:]]
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_link (a, b, at, key, by_user, how, refused)
            SELECT a, b, (extract(epoch FROM now()) * 1000000)::bigint, ''::bytea, EXISTS (
                SELECT 1 FROM "{schema}".profiles_identifier i WHERE i.blind IN (t.a, t.b) AND i.kind = 'user_id'),
                '{STAFF}', ''
            FROM unnest(%b::bytea[], %b::bytea[]) AS t(a, b) ON CONFLICT (a, b) DO NOTHING""",
        [[a for a, _ in pairs], [b for _, b in pairs]],
    )
