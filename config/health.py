"""`/health`: the process lives. `/ready`: it can answer. `/metrics`: Prometheus. The same on every host."""

from __future__ import annotations

import orjson
import prometheus_client
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from tenants import redis
from tenants.db import PUBLIC, use_schema


def health(request: HttpRequest) -> HttpResponse:
    return _json({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 while recommendations can be answered; `checks` says what is away. Valkey may be away, Postgres not."""
    checks = {"database": _database(), "valkey": _valkey()}
    status = 200 if checks["database"] == "ok" else 503
    state = (
        "ready"
        if all(v == "ok" for v in checks.values())
        else ("degraded" if status == 200 else "unavailable")
    )
    return _json({"status": state, "checks": checks}, status)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST
    )


def _database() -> str:
    try:
        use_schema(PUBLIC)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return "unreachable"
    return "ok"


def _valkey() -> str:
    try:
        redis.run(lambda client: client.ping())
    except redis.Unavailable:
        return "unreachable"
    return "ok"


def _json(document: dict[str, object], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/json")
