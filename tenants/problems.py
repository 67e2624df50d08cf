"""Errors of the API as RFC 9457 problem documents, one form for every way of failing.

`code` and `message` repeat the type and the detail: Segment's SDKs look for these two names.
"""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

log = structlog.get_logger("attune.problems")

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal with an HTTP status, a stable `code`, a title and a sentence that helps."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        title: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title or code.replace("_", " ").capitalize()
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    def document(self) -> dict[str, Any]:
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "message": self.detail,
            **self.extra,
        }


def problem_response(problem: Problem) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(problem.document()),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def from_exception(error: Exception) -> Problem | None:
    """The problem that an exception of Django or DRF stands for; None when it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return Problem(404, "not_found", str(error) or "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return Problem(403, "forbidden", str(error) or "This key may not do that.")
    if isinstance(error, drf.ValidationError):
        return Problem(400, "invalid_request", _first_sentence(error.detail), errors=error.detail)
    if isinstance(error, drf.APIException):
        return Problem(error.status_code, error.default_code, str(error.detail))
    return None


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. Unknown exceptions go on to the gateway, which answers 500 and logs them."""
    problem = from_exception(error)
    if problem is None:
        return None
    response = Response(problem.document(), status=problem.status, headers=problem.headers)
    response.content_type = CONTENT_TYPE
    return response


def _first_sentence(detail: Any) -> str:
    if isinstance(detail, dict):
        name, value = next(iter(detail.items()))
        return f"{name}: {_first_sentence(value)}"
    if isinstance(detail, list):
        return _first_sentence(detail[0]) if detail else ""
    return str(detail)
