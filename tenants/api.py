"""What every API view shares: JSON by orjson, permission by the key's scopes."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer

from .problems import Problem
from .scope import Scope


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)


class OrjsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return parse_json(stream.read())


def parse_json(body: bytes) -> Any:
    """The decoded body; a 400 that names the position when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(
            400,
            "invalid_json",
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            position=error.pos,
            line=error.lineno,
            column=error.colno,
        ) from error


def scope_of(request: HttpRequest) -> Scope:
    scope: Scope = request.scope  # type: ignore[attr-defined]  # set by the gateway
    return scope


def require(scope: Scope, needed: str) -> None:
    if needed not in scope.scopes:
        raise Problem(403, "missing_scope", f"This key lacks the scope “{needed}”.", scope=needed)


def requires(needed: str) -> type[BasePermission]:
    """A DRF permission class: the key must have the scope `needed`."""

    class HasScope(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            require(scope_of(request._request), needed)
            return True

    HasScope.__name__ = f"Requires_{needed}"
    return HasScope
