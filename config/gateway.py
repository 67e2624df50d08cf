"""The API's door: one middleware, in front of all others.

API requests never reach sessions, CSRF or messages, which would cost a third of their throughput. The gateway finds
the tenant by the key, counts the quota, calls the view and turns every failure into a problem document.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver
from django.utils.module_loading import import_string

from tenants import auth, quota, redis
from tenants.db import PUBLIC, is_away, use_schema
from tenants.problems import Problem, from_exception, problem_response

from . import health
from .telemetry import route_of

log = structlog.get_logger("attune.gateway")

API_PREFIXES = ("/api/v1/", "/v1/")
PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/health": health.health,
    "/ready": health.ready,
    "/metrics": health.metrics,
}


class ApiGateway:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.resolver = get_resolver(settings.API_URLCONF)
        # Path → function that may answer straight from a cache: (request, scope) -> response or None.
        self.shortcuts: dict[str, Callable[..., HttpResponse | None]] = {
            path: import_string(name) for path, name in settings.API_SHORTCUTS.items()
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(API_PREFIXES):
            try:
                response = self.answer(request, path)
            except Exception as error:
                response = self.failure(request, error)
            if response.status_code == 413:
                # The rest of the body is not read: the server ends the connection, and its client is told to.
                response["Connection"] = "close"
            # Without it the server would answer in chunks.
            response["Content-Length"] = str(len(response.content))
            return with_cors(request, response)
        probe = PROBES.get(path)
        return probe(request) if probe else self.get_response(request)

    def answer(self, request: HttpRequest, path: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204)
        token = auth.token_in_head(request)
        shortcut = self.shortcuts.get(path)
        if shortcut is not None and request.method == "GET":
            scope = auth.authenticate(request, token)
            request.scope = scope  # type: ignore[attr-defined]
            cached = shortcut(request, scope)
            if cached is not None:
                return cached
        match = self.resolve(path)
        view = match.func
        if shortcut is None or request.method != "GET":
            if token is None and getattr(view, "reads_key_itself", False):
                request.scope = None  # type: ignore[attr-defined]
            else:
                request.scope = auth.authenticate(request, token)  # type: ignore[attr-defined]
                if not getattr(view, "counts_quota", False):
                    count_request(request.scope)  # type: ignore[attr-defined]
        scope = request.scope  # type: ignore[attr-defined]
        use_schema(scope.schema if scope else PUBLIC)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        response = view(request, *match.args, **match.kwargs)
        if hasattr(response, "render") and not getattr(response, "is_rendered", True):
            response.render()
        return response

    def resolve(self, path: str) -> Any:
        try:
            return _resolve(path) if len(path) < 60 else self.resolver.resolve(path)
        except Http404 as error:
            raise Problem(404, "not_found", f"There is no API at {path}.") from error

    def failure(self, request: HttpRequest, error: Exception) -> HttpResponse:
        problem = from_exception(error)
        if problem is None and isinstance(error, RequestDataTooBig):
            problem = Problem(413, "body_too_large", "The body is larger than this address takes.")
        if problem is None and is_away(error):
            log.error("database unavailable", route=route_of(request), error=str(error))
            problem = Problem(
                503,
                "storage_unavailable",
                "Storage is not reachable at the moment; nothing was accepted. Send it again shortly.",
                headers={"Retry-After": "2"},
            )
        if problem is None:
            log.exception("unhandled", route=route_of(request), exc_info=error)
            problem = Problem(500, "internal_error", "Something broke on our side. It has been logged.")
        return problem_response(problem)


@lru_cache(maxsize=2048)
def _resolve(path: str) -> Any:
    return get_resolver(settings.API_URLCONF).resolve(path)


def count_request(scope: Any) -> None:
    now = time.time()
    key = quota.request_key(scope, now)
    try:
        used = int(redis.exchange(("INCR", key), ("EXPIRE", key, 3))[0])
    except redis.Unavailable:
        used = quota.count_locally(key)
    quota.check_requests(scope, used, now)


# What a page may send beside the headers that every page may.
ALLOWED_HEADERS = "Authorization, Content-Type, Content-Encoding, X-Shopper-Token, X-Retry-Count"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9-]+(?:\s*,\s*[A-Za-z0-9-]+)*")


def with_cors(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Browsers may read the answer; which origins may use a key was checked with the key.

    Not what a secret key was answered: it has no business in a page, where everybody can read it.
    A beacon always asks to send cookies, and is refused without the permission. It gives nothing away: the gateway
    stands before sessions, and no API address looks at a cookie.
    """
    origin = request.META.get("HTTP_ORIGIN")
    scope = getattr(request, "scope", None)
    if origin and not (scope and scope.kind == "secret"):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Vary"] = "Origin"
        response["Access-Control-Expose-Headers"] = "Server-Timing, Retry-After"
        response["Timing-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            # SDKs let pages add headers of their own.
            asked = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").strip()
            more = f", {asked}" if _HEADER_NAMES.fullmatch(asked) and len(asked) < 500 else ""
            response["Vary"] = "Origin, Access-Control-Request-Headers"
            response["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS + more
            response["Access-Control-Max-Age"] = "86400"
    return response
