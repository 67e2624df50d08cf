"""Taking a shopper's word, and keeping what two shoppers said when they turn out to be one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from psycopg import Cursor

from .rows import append, history, keep, states
from .words import (
    CLOCK_SKEW,
    CONFIRM_EVERY,
    Choice,
    Key,
    State,
    States,
    Word,
    check,
    no_news,
    outweighs,
    stands_against,
    the_one_that_holds,
    with_channels,
)


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
    news, changed, touched = _take(held, words)
    if news:
        append(cursor, schema, news)
    if touched:
        keep(cursor, schema, [(profile, held[profile][key]) for profile, key in sorted(touched)])
    return changed


def _take(
    held: dict[int, States], words: Sequence[Word]
) -> tuple[list[Word], list[Word], set[tuple[int, Key]]]:
    """Let words, in order, change what holds: (for the history, that changed something, what has to be written)."""
    history: list[Word] = []
    changed: list[Word] = []
    touched: set[tuple[int, Key]] = set()
    latest = dt.datetime.now(dt.UTC) + CLOCK_SKEW
    for said in words:
        word = replace(said, at=min(said.at, latest))
        mine = held.setdefault(word.profile_id, {})
        for each in with_channels(word, mine):
            key = each.choice.purpose, each.choice.channel
            now = mine.get(key)
            if stands_against(mine, each.choice):
                continue
            if now is not None and no_news(now.choice, each.choice):
                if each.at - now.confirmed_at >= CONFIRM_EVERY:
                    mine[key] = replace(now, confirmed_at=each.at)
                    touched.add((each.profile_id, key))
                continue
            history.append(each)
            if now is None or each.at >= now.confirmed_at or outweighs(each.choice, now.choice):
                mine[key] = State(each.choice, each.at, each.at, each.actor)
                touched.add((each.profile_id, key))
                changed.append(each)
    return history, changed, touched


def give_back(
    cursor: Cursor,
    schema: str,
    profile_ids: Sequence[int],
    whose: Callable[[int, int], tuple[int | None, bool]],
) -> set[int]:
    """Give words to those under whose identifiers they were said, and tell from the history what holds for everybody.

    `whose(origin, at)`: the profile of what came under an identifier at a time (unix microseconds), None when it stays
    where it is, and whether by a browser's word alone: of such a visitor no yes counts for the shopper. A refusal of the
    shopper as such holds for each of them: who was asked to be left alone under two names is. Returns whose rows were
    written; nobody's when no word moved. The caller holds the profiles.
    """
    words = history(cursor, schema, profile_ids)
    placed = [(number, word, *whose(word.origin, int(word.at.timestamp() * 1e6))) for number, word in words]
    moved = [(number, to) for number, word, to, _ in placed if to is not None and to != word.profile_id]
    ids = sorted({*profile_ids, *(to for _, to in moved)})
    before = states(cursor, schema, ids)
    general = [word for _, word in words if not word.origin and not word.choice.granted]
    if not moved and not general:
        return set()
    if moved:
        cursor.execute(
            f"""UPDATE "{schema}".compliance_consentrecord h SET profile_id = t.profile
                FROM unnest(%b::bigint[], %b::bigint[]) AS t(id, profile) WHERE h.id = t.id""",
            [[number for number, _ in moved], [to for _, to in moved]],
        )
    said = [
        replace(word, profile_id=to if to is not None else word.profile_id)
        for _, word, to, doubtful in placed
        if not (doubtful and word.choice.granted)
    ]
    said += [replace(word, profile_id=other) for word in general for other in ids if other != word.profile_id]
    held: dict[int, States] = {}
    _take(held, sorted(said, key=lambda word: word.at))
    cursor.execute(f'DELETE FROM "{schema}".compliance_consent WHERE profile_id = ANY(%b::bigint[])', [ids])
    keep(
        cursor,
        schema,
        [(profile, state) for profile, mine in sorted(held.items()) for state in mine.values()],
    )
    return {profile for profile in ids if held.get(profile, {}) != before.get(profile, {})}


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
            if now is None or the_one_that_holds(now, state) is state:
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
    keep(cursor, schema, remaining)
    return sorted({profile for profile, _ in remaining})
