"""JSON of the canvas: every refusal is a sentence, with the status that says what kind it is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, JsonResponse

from ..graph import BadGraph
from ..models import Journey
from ..services import access
from ..services.drafts import Conflict, NotPublishable, WrongState

LARGEST = 2_000_000
View = Callable[..., Any]


class Refusal(Exception):
    """An answer other than 200; the sentence is shown to the reader."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.more = status, more


def endpoint(method: str, *, change: bool = False) -> Callable[[View], View]:
    """Wraps `view(self, request, journey)` of an admin class, which returns what to send as JSON."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(self: Any, request: HttpRequest, pk: int, **kwargs: Any) -> JsonResponse:
            try:
                if request.method != method:
                    raise Refusal(405, f"This address answers {method} only.")
                journey = Journey.objects.filter(pk=pk).first()
                if journey is None:
                    raise Refusal(404, "There is no such journey any more.")
                if not self.has_view_permission(request, journey):
                    raise Refusal(403, "Your role does not see journeys.")
                if change and not access.may_change(request.user, journey):
                    raise Refusal(403, "You may look at this journey, not change it. Its page says who may.")
                return JsonResponse(view(self, request, journey, **kwargs))
            except Refusal as refusal:
                return _refused(refusal.status, str(refusal), **refusal.more)
            except Conflict as conflict:
                return _refused(409, str(conflict), revision=conflict.revision)
            except NotPublishable as error:
                return _refused(422, str(error), problems=[problem_json(p) for p in error.problems])
            except WrongState as error:
                return _refused(409, str(error))
            except BadGraph as error:
                return _refused(422, str(error))

        return guarded

    return wrap


def problem_json(problem: Any) -> dict[str, Any]:
    return {"node": problem.node or None, "field": problem.field or None, "message": problem.message}


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; an empty body is an empty object."""
    raw = request.body
    if len(raw) > LARGEST:
        raise Refusal(413, "This journey is larger than a journey may be.")
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body


def _refused(status: int, message: str, **more: Any) -> JsonResponse:
    return JsonResponse({"message": message, **more}, status=status)
