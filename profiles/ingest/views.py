"""The door for events: POST /v1/{identify,track,page,screen,group,alias,batch}, also under /api/v1/.

Plain views: no serializer, no ORM object. The answer is 200 only after the commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse

from tenants import auth
from tenants.api import require
from tenants.problems import Problem
from tenants.scope import Scope

from ..arrivals.agents import LONGEST as LONGEST_AGENT
from . import wire
from .body import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, explain_broken_json, read_body
from .counting import count
from .door import Accepted, accept
from .faults import explain

View = Callable[..., HttpResponse]
Decoded = TypeVar("Decoded")


def batch(request: HttpRequest) -> HttpResponse:
    """Up to 500 kB and 5,000 events. A bad one is reported and kept; the others are taken."""
    _only_post(request)
    body = read_body(request, MAX_BATCH_BYTES)
    envelope, _ = _decode(body, wire.decode_envelope)
    scope = caller(request, envelope.writeKey)
    if envelope.batch is None:
        raise Problem(400, "invalid_request", "A batch needs the field “batch”, a list of events.")
    if len(envelope.batch) > MAX_BATCH_EVENTS:
        raise Problem(
            413,
            "too_many_events",
            f"A batch may have {MAX_BATCH_EVENTS:,} events at most; this one has {len(envelope.batch):,}.",
            limit=MAX_BATCH_EVENTS,
        )
    count(scope, len(envelope.batch))
    accepted = accept(
        scope,
        [bytes(raw) for raw in envelope.batch],
        source="http",
        received=dt.datetime.now(dt.UTC),
        sent_at=envelope.sentAt,
        context=wire.encode_context(envelope.context),
        gpc=says_gpc(request),
        agent=agent_of(request),
    )
    return _answer(scope, accepted)


def single(type_name: str) -> View:
    """The view for one event of the given type."""

    def view(request: HttpRequest) -> HttpResponse:
        _only_post(request)
        body = read_body(request, MAX_EVENT_BYTES)
        head, body = _decode(body, wire.decode_key)
        scope = caller(request, head.writeKey)
        count(scope, 1)
        received = dt.datetime.now(dt.UTC)
        gpc = says_gpc(request)
        agent = agent_of(request)
        accepted = accept(
            scope, [body], source="http", received=received, gpc=gpc, agent=agent, type_name=type_name
        )
        if accepted.rejected:
            event = accepted.rejected[0]
            where: dict[str, Any] = {"path": event.path} if event.path else {}
            raise Problem(400, event.reason, event.detail, messageId=event.message_id, **where)
        return _answer(scope, accepted)

    return as_door(view)


def as_door(view: View) -> View:
    """Mark a view that finds its key and counts its quota itself, and that pages may call from anywhere."""
    view.reads_key_itself = True  # type: ignore[attr-defined]  # read by config.gateway
    view.counts_quota = True  # type: ignore[attr-defined]
    return view


as_door(batch)


def metrics(request: HttpRequest) -> HttpResponse:
    """POST /v1/m: what analytics.js tells its maker about itself. It gets its answer, and nothing is kept."""
    _only_post(request)
    return HttpResponse(b'{"success":true}', content_type="application/json")


as_door(metrics)


def _only_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Problem(
            405, "method_not_allowed", "Events are sent with POST.", headers={"Allow": "POST, OPTIONS"}
        )


def _decode(body: bytes, decode: Callable[[bytes], Decoded]) -> tuple[Decoded, bytes]:
    """The decoded head and the bytes it was read from (mended when the client cut a character in two)."""
    try:
        return decode(body), body
    except msgspec.ValidationError as error:
        raise Problem(400, "invalid_request", explain(error, "The body").detail) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        repaired = explain_broken_json(body)
    try:
        return decode(repaired), repaired
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Problem(400, "invalid_request", explain(error, "The body").detail) from error


def caller(request: HttpRequest, write_key: str | None) -> Scope:
    scope: Scope | None = request.scope  # type: ignore[attr-defined]  # set by the gateway
    if scope is None:
        scope = request.scope = auth.authenticate(request, write_key)  # type: ignore[attr-defined]
    require(scope, "ingest")
    return scope


def says_gpc(request: HttpRequest) -> bool:
    """Global Privacy Control (W3C): the browser's owner objects to the sale and sharing of what is known of them."""
    return request.META.get("HTTP_SEC_GPC") == "1"


def agent_of(request: HttpRequest) -> str:
    """What the caller says it is. WSGI reads headers as Latin-1: what is no ASCII is left out."""
    said: str = request.META.get("HTTP_USER_AGENT", "")
    return said[:LONGEST_AGENT].encode("ascii", "ignore").decode()


def _answer(scope: Scope, accepted: Accepted) -> HttpResponse:
    """`suppressed` events name people who were erased; nothing of them is kept, and sending them again is useless.

    A browser's key, which anybody can read, is not told: else it could be asked who was erased. Nor what was there
    already, for of an erased person nothing ever is.
    """
    told = scope.kind != "publishable"
    content: dict[str, object] = {
        "success": True,
        "accepted": accepted.fresh if told else accepted.events,
        "duplicates": accepted.duplicates if told else 0,
        "suppressed": accepted.suppressed if told else 0,
        "rejected": [event.report() for event in accepted.rejected],
    }
    if accepted.spooled:
        content["spooled"] = True
    return HttpResponse(orjson.dumps(content), content_type="application/json")
