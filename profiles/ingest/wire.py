"""The tracking spec as it arrives: what an event must have, and what becomes of it at the door."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from hashlib import blake2b
from uuid import uuid4

import msgspec

from ..flags import VIOLATES
from ..naming import MAX_ID
from ..plan.compiled import Judged, Plan
from .body import MAX_EVENT_BYTES
from .faults import explain
from .moments import occurred_at

TYPES = {"identify": 1, "track": 2, "page": 3, "screen": 4, "group": 5, "alias": 6}
Id = str | int | None
Clock = str | int | float | None
# Nobody sees them, so nobody means them: with one at its end an id is not the one that it looks like.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"


class Envelope(msgspec.Struct):
    """A batch: events are kept as the bytes they came in."""

    batch: list[msgspec.Raw] | None = None
    writeKey: str | None = None
    sentAt: Clock = None
    context: dict | None = None


class KeyOnly(msgspec.Struct):
    writeKey: str | None = None


class Message(msgspec.Struct):
    """One event. Fields that the door does not look at are checked for their type only."""

    type: str | None = None
    messageId: Id = None
    userId: Id = None
    anonymousId: Id = None
    previousId: Id = None
    groupId: Id = None
    event: str | None = None
    name: str | None = None
    timestamp: Clock = None
    originalTimestamp: Clock = None
    sentAt: Clock = None
    context: dict | None = None
    traits: dict | None = None
    properties: dict | None = None


@dataclass(slots=True)
class Incoming:
    """An event that was understood. `key` dedupes it, `who` names the person whose key seals it.

    `flags`: bits of profiles.flags.
    """

    type: int
    key: bytes
    who: tuple[str, str]
    anonymous_id: str | None
    payload: bytes
    flags: int = 0


@dataclass(slots=True)
class Rejected:
    index: int
    message_id: str | None
    reason: str
    detail: str
    raw: bytes
    who: tuple[str, str] | None = None
    type: str | None = None
    event: str = ""
    path: str = ""

    def report(self) -> dict[str, object]:
        return {
            "index": self.index,
            "messageId": self.message_id,
            "reason": self.reason,
            "detail": self.detail,
            **({"path": self.path} if self.path else {}),
        }


class Bad(Exception):
    """Why an event can't be taken: a stable word and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


_decode_message = msgspec.json.Decoder(Message).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_key = msgspec.json.Decoder(KeyOnly).decode
_encode = msgspec.json.encode


def read_event(
    raw: bytes,
    index: int,
    *,
    type_name: str | None = None,
    sent_at: Clock = None,
    context: bytes = b"",
    gpc: bool = False,
    received: dt.datetime,
    plan: Plan | None = None,
    seed: str = "",
    agent: str = "",
    most_bytes: int = MAX_EVENT_BYTES,
) -> Incoming | Rejected:
    """One event's bytes → what to store, or why not.

    `type_name`: given by the address, else the event says it. `context`: the batch's, as JSON, for events without.
    `gpc`: the request said Global Privacy Control. `plan`: the tenant's tracking plan. `seed`: an event
    without a message id gets one of this and its index, the same each time that it is read. `agent`: the User-Agent of
    the browser that sent it.
    """
    if len(raw) > most_bytes:
        detail = f"An event may be {most_bytes:,} bytes at most; this one is {len(raw):,}."
        return _unreadable(raw, index, "event_too_large", detail, "", type_name)
    try:
        message = _decode_message(raw)
    except UnicodeDecodeError:
        return _unreadable(raw, index, "invalid_event", "The event is not UTF-8.", "", type_name)
    except (msgspec.MsgspecError, RecursionError) as error:
        return _unreadable(raw, index, "invalid_event", *explain(error), type_name)
    try:
        kind, who = check(message, type_name)
    except Bad as error:
        return Rejected(
            index,
            _text(message.messageId),
            error.reason,
            error.detail,
            raw,
            _whoever(message),
            type_name or message.type,
            _name(message),
        )
    about = context if message.context is None else message.context
    judged = plan and plan.judge(kind, _name(message), _fields(kind, message), raw, about)
    if judged and judged.refused:
        return _refused_by_plan(judged, index, message, raw, who, type_name)
    at = occurred_at(message.timestamp, message.originalTimestamp, message.sentAt or sent_at, received)
    message_id = _text(message.messageId) or (f"{seed}:{index}" if seed else uuid4().hex)
    key = blake2b(message_id.encode(), digest_size=16).digest()
    micros = (at - _EPOCH) // _MICROSECOND
    if at == received:
        micros += index  # of events without a time of their own the batch tells the order
    head = b'{"at":%d,' % micros
    if context and message.context is None and not (judged and judged.about):
        head += b'"context":%b,' % context
    if agent:
        head += b'"agent":%b,' % _encode(agent)
    if gpc:
        head += b'"gpc":true,'
    flags = 0
    if judged:
        flags, raw = judged.flags, judged.raw or raw
        head += b'"plan":%b,' % _encode([(v.place, v.why) for v in judged.violations])
    return Incoming(kind, key, who, _id(message.anonymousId), b'%b"event":%b}' % (head, raw), flags)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def _name(message: Message) -> str:
    return message.event or message.name or ""


def _fields(kind: int, message: Message) -> dict | None:
    """What the tracking plan is about: traits of an identify or group, properties of the others."""
    return message.traits if kind in (1, 5) else message.properties


def _refused_by_plan(
    judged: Judged, index: int, message: Message, raw: bytes, who: tuple[str, str], type_name: str | None
) -> Rejected:
    said = [v.why if v.keyword == "unplanned" else f"{v.place} {v.why}" for v in judged.violations]
    return Rejected(
        index,
        _text(message.messageId),
        "plan_violation" if judged.flags & VIOLATES else "unplanned_event",
        f"{'; '.join(said)}.",
        raw,
        who,
        type_name or message.type,
        _name(message),
        judged.path,
    )


def check(message: Message, type_name: str | None = None) -> tuple[int, tuple[str, str]]:
    """The event's type and whose it is; raises `Bad`."""
    name = type_name or message.type
    kind = TYPES.get(name or "")
    if kind is None:
        said = f"“{name:.40}”" if name else "missing"
        raise Bad("unknown_type", f"“type” must be one of {', '.join(TYPES)}; it is {said}.")
    user, anonymous = _id(message.userId), _id(message.anonymousId)
    for value in (user, anonymous, _id(message.previousId), _id(message.groupId)):
        if value is None:
            continue
        if len(value) > MAX_ID:
            raise Bad("id_too_long", f"An id may have {MAX_ID} characters at most.")
        if "\x00" in value or (not value.isascii() and value.strip(_INVISIBLE) != value):
            raise Bad(
                "invalid_id", "An id may hold no NUL, and no invisible character at its beginning or end."
            )
    if kind == 2 and not (message.event or "").strip():
        raise Bad("missing_event_name", "A track event needs “event”, its name.")
    if kind == 6 and not (user and _id(message.previousId)):
        raise Bad("missing_identity", "An alias needs “previousId” and “userId”.")
    if user:
        return kind, ("user_id", user)
    if anonymous:
        return kind, ("anonymous_id", anonymous)
    group = _id(message.groupId)
    if kind == 5 and group:
        return kind, ("group_id", group)
    raise Bad("missing_identity", "An event needs “userId” or “anonymousId”.")


def encode_context(context: dict | None) -> bytes:
    return _encode(context) if context else b""


def _text(value: Id) -> str | None:
    """Numbers are ids too; an empty string is none."""
    if value is None or value == "":
        return None
    return value if type(value) is str else str(value)


def _id(value: Id) -> str | None:
    """Whose it is: white space around a name is no part of it."""
    text = _text(value)
    return (text.strip() or None) if text else None


def _whoever(message: Message) -> tuple[str, str] | None:
    user, anonymous = _seen(message.userId), _seen(message.anonymousId)
    if user:
        return "user_id", user
    return ("anonymous_id", anonymous) if anonymous else None


def _seen(value: Id) -> str | None:
    """The id as it looks, of an event that is refused: whose it would be."""
    return ((_id(value) or "").replace("\x00", "").strip(_INVISIBLE).strip()) or None


class _Hint(msgspec.Struct):
    messageId: object = None
    userId: object = None
    anonymousId: object = None
    type: object = None
    event: object = None
    name: object = None


def _unreadable(
    raw: bytes, index: int, reason: str, detail: str, path: str, type_name: str | None
) -> Rejected:
    """A rejection that names the message, the event and the person as far as they can be read."""
    try:
        hint = msgspec.json.decode(raw, type=_Hint)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        hint = _Hint()
    named = {
        one: str(value).strip()[:MAX_ID]
        for one, value in (("user_id", hint.userId), ("anonymous_id", hint.anonymousId))
        if isinstance(value, str | int) and str(value).strip()
    }
    message_id = str(hint.messageId)[:MAX_ID] if isinstance(hint.messageId, str | int) else None
    kind = type_name or (hint.type if isinstance(hint.type, str) else None)
    event = next((said for said in (hint.event, hint.name) if isinstance(said, str)), "")
    return Rejected(
        index, message_id, reason, detail, raw, next(iter(named.items()), None), kind, event, path
    )
