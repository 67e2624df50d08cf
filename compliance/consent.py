"""Consent per purpose and channel: what was said last holds, and everything that was said is kept.

Only marketing has channels. A record for no channel speaks for every channel that has none of its own; refusing it
also refuses the channels that were granted before, as who says "no more messages" means all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from psycopg import Cursor

from .models.consent import Channel, LawfulBasis, Purpose

PURPOSES = tuple(Purpose.values)
CHANNELS = tuple(Channel.values)
# When a shopper and the tenant's settings say nothing: observing and personalising rest on legitimate interest, which
# a shopper may object to; messages need a yes.
DEFAULTS = {"analytics": True, "personalisation": True, "marketing": False}
# The same word again is noted at most so often: consent platforms repeat it with every event.
CONFIRM_EVERY = dt.timedelta(hours=1)
# How far a sender's clock may be ahead: a later moment would outlast every word until then.
CLOCK_SKEW = dt.timedelta(minutes=5)


# Sources of words that come along with an event, unasked: a banner's state, the browser's signal.
PASSIVE = frozenset({"event", "browser", "gpc"})


class BadChoice(ValueError):
    """A choice that can't be; the message says why, for whoever made it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a shopper. `source`: where it was said; `text_version`: which text they saw."""

    purpose: str
    channel: str = ""
    granted: bool = False
    lawful_basis: str = "consent"
    source: str = "api"
    text_version: str = ""

    @property
    def passive(self) -> bool:
        """It came along with an event; nobody was asked."""
        return self.source in PASSIVE


@dataclass(frozen=True, slots=True)
class Word:
    """A choice with whose it is, when it was said and by whom it was brought."""

    profile_id: int
    choice: Choice
    at: dt.datetime
    actor: str


@dataclass(frozen=True, slots=True)
class State:
    """What holds for one purpose and channel."""

    choice: Choice
    at: dt.datetime
    confirmed_at: dt.datetime
    actor: str


Key = tuple[str, str]
States = dict[Key, State]


def check(choice: Choice) -> None:
    """Raises `BadChoice` for an unknown purpose, channel or basis, or a channel where there are none."""
    if choice.purpose not in PURPOSES:
        raise BadChoice(f"“{choice.purpose}” is no purpose. There are: {', '.join(PURPOSES)}.")
    if choice.channel and choice.channel not in CHANNELS:
        raise BadChoice(f"“{choice.channel}” is no channel. There are: {', '.join(CHANNELS)}.")
    if choice.channel and choice.purpose != Purpose.MARKETING:
        raise BadChoice(f"Only marketing has channels; leave the channel of {choice.purpose} out.")
    if choice.lawful_basis not in LawfulBasis.values:
        raise BadChoice(
            f"“{choice.lawful_basis}” is no lawful basis. There are: {', '.join(LawfulBasis.values)}."
        )
    if not choice.source or len(choice.source) > 40 or "\x00" in choice.source:
        raise BadChoice("A source has 1 to 40 characters.")
    if len(choice.text_version) > 60 or "\x00" in choice.text_version:
        raise BadChoice("A text version has 60 characters at most.")


def record(
    cursor: Cursor,
    schema: str,
    profile_id: int,
    choices: Iterable[Choice],
    *,
    actor: str,
    at: dt.datetime | None = None,
) -> list[Choice]:
    """Take the word of one shopper; the choices that changed something. The caller holds the profile's row.

    `at`: when it was said (now). A word older than the one that holds is kept in the history and changes nothing.
    Saying it twice is harmless. Raises `BadChoice`; then nothing was recorded.
    """
    moment = at or dt.datetime.now(dt.UTC)
    words = [Word(profile_id, choice, moment, actor) for choice in choices]
    return [word.choice for word in record_many(cursor, schema, words)]


def record_many(cursor: Cursor, schema: str, words: Sequence[Word]) -> list[Word]:
    """`record` for many shoppers in the order of `words`: one query, and one statement when something is news."""
    for word in words:
        check(word.choice)
    if not words:
        return []
    held = states(cursor, schema, {word.profile_id for word in words})
    history: list[Word] = []
    changed: list[Word] = []
    touched: set[tuple[int, Key]] = set()
    latest = dt.datetime.now(dt.UTC) + CLOCK_SKEW
    for said in words:
        word = replace(said, at=min(said.at, latest))
        mine = held.setdefault(word.profile_id, {})
        for each in _with_channels(word, mine):
            key = each.choice.purpose, each.choice.channel
            now = mine.get(key)
            if stands_against(mine, each.choice):
                continue
            if now is not None and _same(now.choice, each.choice):
                if each.at - now.confirmed_at >= CONFIRM_EVERY:
                    mine[key] = replace(now, confirmed_at=each.at)
                    touched.add((each.profile_id, key))
                continue
            history.append(each)
            if now is None or each.at >= now.confirmed_at or _outweighs(each.choice, now.choice):
                mine[key] = State(each.choice, each.at, each.at, each.actor)
                touched.add((each.profile_id, key))
                changed.append(each)
    if history:
        _append(cursor, schema, history)
    if touched:
        _store(cursor, schema, [(profile, held[profile][key]) for profile, key in sorted(touched)])
    return changed


def _with_channels(word: Word, mine: States) -> list[Word]:
    """The word itself; refusing marketing altogether refuses each channel that was granted earlier."""
    choice = word.choice
    if choice.granted or choice.channel or choice.purpose != Purpose.MARKETING:
        return [word]
    granted = [
        state.choice.channel
        for (purpose, channel), state in mine.items()
        if purpose == choice.purpose
        and channel
        and state.choice.granted
        and (state.confirmed_at <= word.at or _outweighs(choice, state.choice))
    ]
    return [word, *(replace(word, choice=replace(choice, channel=c)) for c in sorted(granted))]


def stands_against(mine: Mapping[Key, State], choice: Choice) -> bool:
    """Whether somebody's explicit refusal, an objection or a restriction forbids a yes that nobody was asked for."""
    if not (choice.granted and choice.passive):
        return False
    held = (mine.get((choice.purpose, channel)) for channel in {choice.channel, ""})
    return any(state is not None and _explicitly_refused(state.choice) for state in held)


def _explicitly_refused(choice: Choice) -> bool:
    return not choice.granted and not choice.passive


def _outweighs(choice: Choice, other: Choice) -> bool:
    """An explicit no, however late it reaches us, goes before a yes that nobody was asked for."""
    return _explicitly_refused(choice) and other.granted and other.passive


def _same(one: Choice, other: Choice) -> bool:
    """Whether `other` is no news after `one`."""
    if one.passive and not other.passive:
        return False
    if _explicitly_refused(one) and other.passive and not other.granted:
        return True  # or a passive no would make the explicit one a passive one, which a passive yes may lift
    # Which source doesn't count else: the same answer on the web and in the app is one answer.
    return (one.granted, one.lawful_basis, one.text_version) == (
        other.granted,
        other.lawful_basis,
        other.text_version,
    )


def states(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> dict[int, States]:
    """What is on record for some shoppers, by (purpose, channel); nobody without a record is in it."""
    rows = cursor.execute(
        f"""SELECT profile_id, purpose, channel, granted, lawful_basis, source, text_version, at, confirmed_at, actor
            FROM "{schema}".compliance_consent WHERE profile_id = ANY(%b::bigint[])""",
        [list(profile_ids)],
        prepare=True,
        binary=True,
    ).fetchall()
    found: dict[int, States] = {}
    for profile_id, purpose, channel, granted, basis, source, text, at, confirmed_at, actor in rows:
        choice = Choice(purpose, channel, granted, basis, source, text)
        found.setdefault(profile_id, {})[purpose, channel] = State(choice, at, confirmed_at, actor)
    return found


def allowed(schema: str, profile_ids: Iterable[int], purpose: str, channel: str = "") -> set[int]:
    """Who of `profile_ids` may be processed for a purpose (by a channel of marketing): one query.

    The channel's own record decides, else the one for every channel, else the tenant's setting, else `DEFAULTS`.
    """
    ids = list(profile_ids)
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT asked.id FROM unnest(%s::bigint[]) AS asked(id)
                LEFT JOIN "{schema}".compliance_consent own
                    ON own.profile_id = asked.id AND own.purpose = %s AND own.channel = %s
                LEFT JOIN "{schema}".compliance_consent every
                    ON every.profile_id = asked.id AND every.purpose = %s AND every.channel = ''
                WHERE coalesce(own.granted, every.granted, {default_sql(purpose)})""",
            [ids, purpose, channel, purpose, schema],
        )
        return {row[0] for row in cursor.fetchall()}


def default_sql(purpose: str) -> str:
    """SQL for what holds without a record: the tenant's setting, else ours. Its one parameter is the schema's name."""
    return f"""coalesce((SELECT (t.settings #>> '{{consent,defaults,{Purpose(purpose).value}}}')::boolean
                FROM public.tenants_tenant t WHERE t.schema_name = %s), {str(DEFAULTS[purpose]).lower()})"""


def merge(
    cursor: Cursor,
    schema: str,
    merged: Sequence[tuple[int, int]],
    *,
    unvouched: Iterable[int] = (),
) -> list[int]:
    """Two shoppers turned out to be one, for each (gone, kept): the latest word of both holds, the history moves.

    `unvouched`: gone profiles that only a browser said are the kept one. What such a visitor refused holds for the
    shopper; what they granted does not, or whoever knows a user id could consent for somebody else. Returns the kept
    profiles of which something changed.
    """
    if not merged:
        return []
    held = states(cursor, schema, {p for pair in merged for p in pair})
    if not any(gone in held for gone, _ in merged):
        return []
    doubtful = set(unvouched)
    changed: dict[tuple[int, Key], State] = {}
    for gone, kept in merged:
        mine = held.setdefault(kept, {})
        for key, state in held.pop(gone, {}).items():
            if gone in doubtful and state.choice.granted:
                continue
            now = mine.get(key)
            if now is None or _after(now, state) is state:
                mine[key] = state
                changed[kept, key] = state
        for key, state in mine.items():
            every = mine.get((key[0], ""))
            if key[1] and every is not None and stands_against(mine, state.choice):
                mine[key] = replace(every, choice=replace(every.choice, channel=key[1]))
                changed[kept, key] = mine[key]
    gone_ids, kept_ids = [g for g, _ in merged], [k for _, k in merged]
    # A chain of merges in one batch: only the last one's owner remains.
    final = dict(merged)
    while any(k in final for k in kept_ids):
        kept_ids = [final.get(k, k) for k in kept_ids]
    cursor.execute(
        f"""UPDATE "{schema}".compliance_consentrecord h SET profile_id = t.kept
            FROM unnest(%b::bigint[], %b::bigint[]) AS t(gone, kept) WHERE h.profile_id = t.gone""",
        [gone_ids, kept_ids],
    )
    cursor.execute(
        f'DELETE FROM "{schema}".compliance_consent WHERE profile_id = ANY(%b::bigint[])', [gone_ids]
    )
    remaining = [(p, s) for (p, _), s in sorted(changed.items()) if p not in final]
    _store(cursor, schema, remaining)
    return sorted({profile for profile, _ in remaining})


def _after(one: State, other: State) -> State:
    """Which of two holds when two shoppers turn out to be one: the latest, unless an explicit no stands against it."""
    early, late = (other, one) if one.confirmed_at >= other.confirmed_at else (one, other)
    return early if _explicitly_refused(early.choice) and late.choice.passive else late


def _append(cursor: Cursor, schema: str, words: Sequence[Word]) -> None:
    # What a replayed event says again is in the history already.
    cursor.execute(
        f"""INSERT INTO "{schema}".compliance_consentrecord
                (profile_id, purpose, channel, granted, lawful_basis, source, text_version, actor, at, recorded_at)
            SELECT t.*, now() FROM unnest({_TYPES}) AS t({_COLUMNS})
            WHERE NOT EXISTS (SELECT 1 FROM "{schema}".compliance_consentrecord h
                WHERE (h.profile_id, h.purpose, h.channel, h.granted, h.text_version, h.at)
                    = (t.profile_id, t.purpose, t.channel, t.granted, t.text_version, t.at))""",
        _columns([(w.profile_id, w.choice, w.actor, w.at) for w in words]),
    )


def _store(cursor: Cursor, schema: str, rows: Sequence[tuple[int, State]]) -> None:
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".compliance_consent AS c
                (profile_id, purpose, channel, granted, lawful_basis, source, text_version, actor, at, confirmed_at)
            SELECT {_COLUMNS}, confirmed_at FROM unnest({_TYPES}, %b::timestamptz[]) AS t({_COLUMNS}, confirmed_at)
            ON CONFLICT (profile_id, purpose, channel) DO UPDATE SET granted = EXCLUDED.granted,
                lawful_basis = EXCLUDED.lawful_basis, source = EXCLUDED.source, text_version = EXCLUDED.text_version,
                actor = EXCLUDED.actor, at = EXCLUDED.at, confirmed_at = EXCLUDED.confirmed_at""",
        [*_columns([(p, s.choice, s.actor, s.at) for p, s in rows]), [s.confirmed_at for _, s in rows]],
    )


_COLUMNS = "profile_id, purpose, channel, granted, lawful_basis, source, text_version, actor, at"
_TYPES = (
    "%b::bigint[], %b::text[], %b::text[], %b::boolean[], %b::text[], %b::text[], %b::text[], %b::text[], "
    "%b::timestamptz[]"
)


def _columns(rows: Sequence[tuple[int, Choice, str, dt.datetime]]) -> list[list[object]]:
    columns: list[list[object]] = [[] for _ in range(9)]
    for profile_id, c, actor, at in rows:
        values = (
            profile_id, c.purpose, c.channel, c.granted, c.lawful_basis, c.source, c.text_version, actor, at,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return columns


def effective(mine: Mapping[Key, State], defaults: Mapping[str, bool], purpose: str, channel: str) -> bool:
    """What `allowed` decides, from states that were read already."""
    for key in ((purpose, channel), (purpose, "")):
        if key in mine:
            return mine[key].choice.granted
    return defaults[purpose]
