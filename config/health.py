"""`/health`: the process lives. `/ready`: it can answer. `/metrics`: Prometheus. The same on every host."""

from __future__ import annotations

import orjson
import prometheus_client
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from profiles import backlog, backlog_metrics
from profiles.quality import gauges
from profiles.spool import state
from tenants import keyring, redis
from tenants.db import PUBLIC, use_schema


def health(request: HttpRequest) -> HttpResponse:
    return _json({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 while this process is of use; `checks` says what is away.

    Without Valkey, or with workers that do not keep up, it is "degraded". Without the database it is "spooling", as long
    as it takes events onto its own disk and knows whose keys they come with: taken out of the load balancer it could not.
    Else "unavailable", with 503.
    """
    spool = state.describe()
    checks: dict[str, object] = {"database": _database(), "valkey": _valkey()}
    if spool["state"] != "empty":
        checks["spool"] = spool
    if checks["database"] != "ok":
        useful = keyring.knows_all() and state.takes_events()
        return _json(
            {"status": "spooling" if useful else "unavailable", "checks": checks}, 200 if useful else 503
        )
    if behind := _behind():
        checks["events"] = behind
    fine = checks["valkey"] == "ok" and not behind
    said = "spooling" if "spool" in checks else "ready" if fine else "degraded"
    return _json({"status": said, "checks": checks})


def metrics(request: HttpRequest) -> HttpResponse:
    state.measure()
    use_schema(PUBLIC)
    waiting = backlog_metrics.exposition(
        by_tenant=request.get_host().split(":")[0] in settings.OPERATOR_HOSTS
    )
    gauges.measure()
    return HttpResponse(
        prometheus_client.generate_latest() + waiting, content_type=prometheus_client.CONTENT_TYPE_LATEST
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


def _behind() -> str:
    """Nothing while workers keep up; else how far they are behind. Nobody is named: anybody may ask."""
    try:
        longest = max((one.seconds for one in backlog.backlogs()), default=0.0)
    except DatabaseError:
        return ""
    return f"the oldest event has waited {longest:.0f} s" if longest > backlog.BEHIND_SECONDS else ""


def _valkey() -> str:
    try:
        redis.run(lambda client: client.ping())
    except redis.Unavailable:
        return "unreachable"
    return "ok"


def _json(document: dict[str, object], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), status=status, content_type="application/json")
