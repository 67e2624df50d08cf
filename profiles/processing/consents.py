"""Consent in a batch: what its events say about it, and which of them may be counted.

Who refuses analytics is not observed: nothing is made of their events and the stored ones are deleted. What they say
about who they are and about consent is heard all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Cursor

from compliance import consent
from compliance.consent import Choice, Key, Word
from compliance.preferences import Preferences, choices_of, preferences
from tenants.scope import Scope

from .decode import TRACK, Occurrence, origin_of
from .drafts import Draft
from .people import People

GPC = "gpc"
BROWSER = "browser"
SERVER = "event"
# What a shopper has just chosen, said by an event of its own: by the merchant's server, or by a browser.
ASKED = "preferences"
ASKED_IN_BROWSER = "browser preferences"
PREFERENCE_UPDATED = "segment consent preference updated"
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
    signalled: set[tuple[int, Key]] | None = None
    parsed: dict[Any, list[Choice]] = {}
    found: list[tuple[int, Word]] = []
    for position, event, draft in speaking:
        mine = held.setdefault(draft.id, {})
        for choice in _choices(event, reading, parsed):
            key = choice.purpose, choice.channel
            now = mine.get(key)
            if consent.stands_against(mine, choice):
                continue
            known = (
                now is not None
                and now.choice.granted == choice.granted
                and (choice.passive or not now.choice.passive)
            )
            # Consent platforms say the same with every event: what is neither news nor due to be noted ends here.
            if known and now is not None and _recent(event, now):
                continue
            if choice.source == GPC and not known:
                if signalled is None:
                    signalled = _signalled(cursor, scope.schema, held)
                if (draft.id, key) in signalled:
                    continue  # heard before; what was granted since then stands
                signalled.add((draft.id, key))
            if not _may_say(event, choice, now):
                continue
            if known and now is not None:
                # No news: neither a text nor a basis is named here.
                choice = replace(
                    choice, lawful_basis=now.choice.lawful_basis, text_version=now.choice.text_version
                )
                mine[key] = replace(now, confirmed_at=max(now.confirmed_at, event.moment))
            else:
                mine[key] = consent.State(choice, event.moment, event.moment, ACTOR)
            found.append((position, Word(draft.id, choice, event.moment, ACTOR, origin_of(event.origin))))
    return found


def _recent(event: Occurrence, now: consent.State) -> bool:
    return event.at / 1e6 - now.confirmed_at.timestamp() < consent.CONFIRM_EVERY.total_seconds()


def _choices(event: Occurrence, reading: Preferences, parsed: dict[Any, list[Choice]]) -> list[Choice]:
    """What an event says. `parsed` remembers what the batch's events said, for most say the same."""
    said = event.context.get("consent")
    if event.type == TRACK and event.name.strip().lower() == PREFERENCE_UPDATED:
        source = ASKED if event.trusted else ASKED_IN_BROWSER
    else:
        source = SERVER if event.trusted else BROWSER
    choices: list[Choice] = []
    categories = said.get("categoryPreferences") if isinstance(said, dict) else None
    if isinstance(categories, dict):
        try:
            name = (source, *categories.items())
            choices = parsed[name] if name in parsed else choices_of(categories, reading.categories, source)
            parsed[name] = choices
        except TypeError:  # a list or an object where a yes or no belongs
            choices = choices_of(categories, reading.categories, source)
    if event.gpc or event.context.get("gpc") in (True, 1, "1"):
        signal = [Choice(purpose, channel, False, source=GPC) for purpose, channel in reading.gpc]
        return [*choices, *signal]
    return choices


def _may_say(event: Occurrence, choice: Choice, now: consent.State | None) -> bool:
    """A browser may name any user id. It may refuse in their name, and give back what a browser had refused.

    What a visitor says who is the shopper by a browser's word alone is worth no more, whoever sends it.
    """
    if not choice.granted or (not event.doubtful and (event.trusted or event.user is None)):
        return True
    return now is not None and (now.choice.granted or now.choice.source in (BROWSER, ASKED_IN_BROWSER, GPC))


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
