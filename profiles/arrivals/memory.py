"""What was said a moment ago, and how often: kept in Valkey for minutes, asked once per batch.

Keys: {schema}:twice:{hash of person, name and fields} → messageId's hash and time of who said it first;
{schema}:views:{minute} → person → pages and products seen in that minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec
import structlog
from redis import Redis

from tenants import redis

from ..processing.decode import PAGE, SCREEN, TRACK, Occurrence
from .rules import Rules

log = structlog.get_logger("attune.arrivals")

# Longer than an event waits for its turn when a tag fired twice; not longer than needed.
TWICE_SECONDS = 120
VIEWS_SECONDS = 900
# One reply for all: unpacking one for each of some thousand commands would cost a batch more than anything else in here.
_ASK = """
local said, found = tonumber(ARGV[1]), {}
for i, key in ipairs(KEYS) do
    if i <= said then
        found[i] = redis.call('SET', key, ARGV[3 + i], 'NX', 'GET', 'EX', ARGV[2]) or ''
    else
        local at = 4 + said + 2 * (i - said - 1)
        found[i] = redis.call('HINCRBY', key, ARGV[at], ARGV[at + 1])
        if found[i] == tonumber(ARGV[at + 1]) then redis.call('EXPIRE', key, ARGV[3]) end
    end
end
return found"""
_encoder = msgspec.json.Encoder(order="sorted")


def content_of(rules: Rules, event: Occurrence) -> str:
    """A hash of who said what, of events that may be left out when they come twice; "" of others.

    A page is the same only with the same address: without one nothing tells two views of it from one.
    """
    address = ""
    if event.type in (PAGE, SCREEN):
        address = _address(event)
        if not rules.same_pages or not address:
            return ""
    elif event.type != TRACK or event.name not in rules.same_events:
        return ""
    digest = blake2b(event.claimed.handle, digest_size=16)
    digest.update(f"{event.type}\x00{event.name}\x00{address}\x00".encode())
    digest.update(_encoder.encode(event.properties))
    return digest.hexdigest()


def _address(event: Occurrence) -> str:
    page = event.context.get("page")
    for part in (event.properties, page if isinstance(page, dict) else {}):
        for name in ("url", "path"):
            value = part.get(name)
            if isinstance(value, str) and value:
                return value
    return ""


def ask(
    schema: str,
    rules: Rules,
    said: Sequence[tuple[Occurrence, str]],
    views: Counter[tuple[bytes, int]],
) -> tuple[list[bool], dict[tuple[bytes, int], int]]:
    """(of each of `said`: whether it was said within the window before, views so far of each person and minute)."""
    if not said and not views:
        return [], {}
    first: dict[str, tuple[str, int]] = {}
    keys = list(views)
    names = [f"{schema}:twice:{content}" for _, content in said]
    names += [f"{schema}:views:{minute}" for _, minute in keys]
    values: list[str | int] = [f"{event.claimed.message_key}|{event.at}" for event, _ in said]
    for key in keys:
        values += (key[0].hex(), views[key])

    try:
        answers = redis.run(
            lambda client: client.eval(
                _ASK, len(names), *names, len(said), TWICE_SECONDS, VIEWS_SECONDS, *values
            )
        )
    except redis.Unavailable as error:
        log.warning("repetitions and rates not looked for", tenant=schema, error=str(error))
        return [False] * len(said), {}
    twice = [_twice(rules, event, content, _text(a), first) for (event, content), a in zip(said, answers)]  # noqa: B905
    moved = [(c, f"{first[c][0]}|{first[c][1]}") for c in dict.fromkeys(c for _, c in said) if c in first]
    if moved:
        _move(schema, moved)
    return twice, {key: int(n) for key, n in zip(keys, answers[len(said) :])}  # type: ignore[call-overload]  # noqa: B905


def rates_of(schema: str, handles: Mapping[bytes, int]) -> dict[bytes, list[int]]:
    """Views of each person in the two minutes before and after the one given, from Valkey; empty without it."""

    def commands(client: Redis) -> list[object]:
        pipe = client.pipeline(transaction=False)
        for handle, minute in handles.items():
            for near in range(minute - 2, minute + 3):
                pipe.hget(f"{schema}:views:{near}", handle.hex())
        return pipe.execute()

    try:
        answers = [int(n or 0) for n in redis.run(commands)]  # type: ignore[call-overload]
    except redis.Unavailable:
        return {}
    return {handle: answers[5 * i : 5 * i + 5] for i, handle in enumerate(handles)}


def _twice(
    rules: Rules, event: Occurrence, content: str, before: str, first: dict[str, tuple[str, int]]
) -> bool:
    """Whether somebody said it before under another messageId, near enough; else it is the one to compare with."""
    key, at = first.get(content, ("", 0))
    if not key and before:
        key, _, moment = before.partition("|")
        at = int(moment or 0)
    if key and key != event.claimed.message_key and abs(event.at - at) <= rules.window_seconds * 1_000_000:
        return True
    if key and key != event.claimed.message_key:
        first[content] = (event.claimed.message_key, event.at)
    return False


def _move(schema: str, moved: Sequence[tuple[str, str]]) -> None:
    def commands(client: Redis) -> None:
        pipe = client.pipeline(transaction=False)
        for content, value in moved:
            pipe.set(f"{schema}:twice:{content}", value, ex=TWICE_SECONDS)
        pipe.execute()

    try:
        redis.run(commands)
    except redis.Unavailable:
        return  # the next one is compared with an older one, and counts


def _text(answer: object) -> str:
    return answer.decode() if isinstance(answer, bytes) else str(answer or "")
