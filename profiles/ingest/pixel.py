"""GET /v1/pixel/track?data=…: an event told by loading a picture, where no script may run (mails, advertisements).

As in the tracking spec the answer is always the same transparent picture: nobody who embeds one could read an error.
The header X-Attune-Problem says what was wrong, to whoever tries it out.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

import orjson
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse

from tenants.db import is_away
from tenants.problems import Problem

from .body import MAX_EVENT_BYTES, too_large
from .counting import count
from .door import accept
from .views import View, as_door, caller, says_gpc

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def pixel(type_name: str) -> View:
    """The view of one type of event."""

    def view(request: HttpRequest) -> HttpResponse:
        answer = HttpResponse(GIF, content_type="image/gif", headers={"Cache-Control": "no-store"})
        try:
            _take(request, type_name)
        except Problem as problem:
            answer["X-Attune-Problem"] = problem.code
        except Exception as error:
            if not is_away(error):
                raise
            answer["X-Attune-Problem"] = "storage_unavailable"
        return answer

    return as_door(view)


def _take(request: HttpRequest, type_name: str) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Problem(405, "method_not_allowed", "A pixel is loaded with GET.")
    event = _event(request)
    scope = caller(request, event.pop("writeKey", None))
    count(scope, 1)
    accepted = accept(
        scope,
        [orjson.dumps(event)],
        source="pixel",
        received=dt.datetime.now(dt.UTC),
        gpc=says_gpc(request),
        type_name=type_name,
    )
    if accepted.rejected:
        raise Problem(400, accepted.rejected[0].reason, accepted.rejected[0].detail)


def _event(request: HttpRequest) -> dict[str, Any]:
    """From `data` (base64 of JSON, also the URL-safe alphabet), or from fields like `properties.subject`."""
    if len(request.META.get("QUERY_STRING", "")) > 2 * MAX_EVENT_BYTES:
        raise too_large(MAX_EVENT_BYTES)
    try:
        data = request.GET.get("data")
    except TooManyFieldsSent as error:
        raise Problem(400, "invalid_data", "The address has too many fields.") from error
    if data is None:
        return _from_fields({name: str(value) for name, value in request.GET.items()})
    # A plus sign in an address is read as a blank.
    text = data.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        event = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise Problem(400, "invalid_data", "“data” must be JSON in base64.") from error
    if not isinstance(event, dict):
        raise Problem(400, "invalid_data", "“data” must be one event, a JSON object.")
    return event


def _from_fields(fields: dict[str, str]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        inner = event
        for part in path[:10]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise Problem(400, "invalid_data", f"“{name}” stands beside a value of the same name.")
        inner[last] = value
    return event
