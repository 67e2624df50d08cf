"""Consent in a batch: what its events say about it, and which of them may be counted.

Who refuses analytics is not observed: nothing is made of their events and the stored ones are deleted. What they say
about who they are and about consent is heard all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from psycopg import Cursor

from compliance import consent
from compliance.consent import Choice, Key, Word
from compliance.preferences import Preferences, choices_of, preferences
from tenants.scope import Scope

from .decode import Occurrence
from .drafts import Draft
from .people import People

GPC = "gpc"
BROWSER = "browser"
SERVER = "event"
ACTOR = "shopper"


@dataclass(slots=True)
class Heard:
    """`place[i]`: for whom event i counts (None: for nobody). `refused`: events that may not be counted or kept."""

    place: list[Draft | None]
    refused: list[int] = field(default_factory=list)


def hear(cursor: Cursor, scope: Scope, events: Sequence[Occurrence], people: People) -> Heard:
    """Record the batch's words on consent and tell which events may be counted.

    One query for a batch that says nothing about consent. An event counts when analytics was allowed where it stands
    in the batch and is still allowed at its end.
    """
    ids = {draft.id for draft in people.place if draft is not None}
    observed = consent.allowed(scope.schema, ids, "analytics")
    words = _words(cursor, scope, events, people.place)
    changed = consent.record_many(cursor, scope.schema, [word for _, word in words])
    since: dict[int, int] = {}
    if changed:
        for shopper in {word.profile_id for word in changed}:
            people.drafts[shopper].touched = True
        since = _allowed_since(words)
        after = consent.allowed(scope.schema, ids, "analytics")
        since = {shopper: at for shopper, at in since.items() if shopper not in observed}
        observed = (observed & after) | (after & since.keys())
    moved = {word.profile_id for word in changed if word.choice.purpose == "personalisation"}
    if moved or people.consents:
        project(cursor, scope.schema, sorted(moved.union(people.consents)))
    heard = Heard(list(people.place))
    for position, draft in enumerate(people.place):
        if draft is not None and (draft.id not in observed or position < since.get(draft.id, 0)):
            heard.place[position] = None
            heard.refused.append(position)
    return heard


def project(cursor: Cursor, schema: str, profile_ids: Sequence[int]) -> None:
    """Make the profiles' own flag what their consents say; the caller holds their rows and moves their versions."""
    cursor.execute(
        f"""UPDATE "{schema}".profiles_profile p SET consent_personalisation = coalesce(
                (SELECT c.granted FROM "{schema}".compliance_consent c
                 WHERE c.profile_id = p.id AND c.purpose = 'personalisation' AND c.channel = ''),
                {consent.default_sql("personalisation")})
            WHERE p.id = ANY(%s::bigint[])""",
        [schema, list(profile_ids)],
    )


def _words(
    cursor: Cursor, scope: Scope, events: Sequence[Occurrence], place: Sequence[Draft | None]
) -> list[tuple[int, Word]]:
    """(position of the event, word), in order, of those who may say it."""
    speaking = [
        (position, event, draft)
        for position, (event, draft) in enumerate(zip(events, place, strict=True))
        if draft is not None and (event.gpc or "consent" in event.context or "gpc" in event.context)
    ]
    if not speaking:
        return []
    reading = preferences(cursor, scope.tenant_id)
    held = consent.states(cursor, scope.schema, {draft.id for _, _, draft in speaking})
    signalled = _signalled(cursor, scope.schema, held)
    found: list[tuple[int, Word]] = []
    for position, event, draft in speaking:
        mine = held.setdefault(draft.id, {})
        for choice in _choices(event, reading):
            key = choice.purpose, choice.channel
            now = mine.get(key)
            if choice.source == GPC and (draft.id, key) in signalled:
                continue  # heard before; what was granted since then stands
            if not _may_say(event, choice, now):
                continue
            if choice.source == GPC:
                signalled.add((draft.id, key))
            if now is not None and now.choice.granted == choice.granted:
                # No news: neither a text nor a basis is named here.
                basis, text = now.choice.lawful_basis, now.choice.text_version
                choice = replace(choice, lawful_basis=basis, text_version=text)
            else:
                mine[key] = consent.State(choice, event.moment, event.moment, ACTOR)
            found.append((position, Word(draft.id, choice, event.moment, ACTOR)))
    return found


def _choices(event: Occurrence, reading: Preferences) -> list[Choice]:
    said = event.context.get("consent")
    source = SERVER if event.trusted else BROWSER
    choices = (
        choices_of(said.get("categoryPreferences"), reading.categories, source)
        if isinstance(said, dict)
        else []
    )
    if event.gpc or event.context.get("gpc") in (True, 1, "1"):
        choices += [Choice(purpose, channel, False, source=GPC) for purpose, channel in reading.gpc]
    return choices


def _may_say(event: Occurrence, choice: Choice, now: consent.State | None) -> bool:
    """A browser may name any user id. It may refuse in their name, and give back what a browser had refused."""
    if event.trusted or event.user is None or not choice.granted:
        return True
    return now is not None and (now.choice.granted or now.choice.source in (BROWSER, GPC))


def _signalled(cursor: Cursor, schema: str, held: dict[int, consent.States]) -> set[tuple[int, Key]]:
    """Whose Global Privacy Control was heard already, and for what. No query when it can't have been."""
    if not held:
        return set()
    rows = cursor.execute(
        f"""SELECT DISTINCT profile_id, purpose, channel FROM "{schema}".compliance_consentrecord
            WHERE profile_id = ANY(%b::bigint[]) AND source = '{GPC}'""",
        [list(held)],
    ).fetchall()
    return {(profile, (purpose, channel)) for profile, purpose, channel in rows}


def _allowed_since(words: Sequence[tuple[int, Word]]) -> dict[int, int]:
    """Shopper → the event from which on they last said yes to analytics."""
    since: dict[int, int] = {}
    for position, word in words:
        if word.choice.purpose == "analytics":
            if word.choice.granted:
                since.setdefault(word.profile_id, position)
            else:
                since.pop(word.profile_id, None)
    return since
