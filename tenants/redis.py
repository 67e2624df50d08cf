"""The one client of Valkey: short time-outs, and a breaker that fails at once while the server is away.

Every key begins with the tenant's schema name and a colon; keys of the whole deployment begin with "attune:".
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

Unavailable = redis.exceptions.RedisError
Result = TypeVar("Result")

RETRY_AFTER_SECONDS = 1.0
_local = threading.local()
_open_until = 0.0


class BreakerOpen(redis.exceptions.ConnectionError):
    """Valkey failed less than a second ago; nothing was sent."""


def _client() -> redis.Redis:
    # One connection per thread: no pool lock on the hot path.
    client = getattr(_local, "client", None)
    if client is None:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=0.5,
            socket_connect_timeout=0.3,
            retry=Retry(NoBackoff(), 0),
            max_connections=2,
            redis_connect_func=_on_connect,
        )
        _local.client = client
    return client


def _on_connect(connection: Any) -> None:
    connection.on_connect()
    connection.send_command("INFO", "server")
    _local.server_id = re.search(r"run_id:(\w+)", _text(connection.read_response()))[1][:12]  # type: ignore[index]


def _text(reply: Any) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)


def server_id() -> str:
    """Which start of the server this thread talks to; "" before the first command.

    After a crash Valkey comes back with what it had saved, which may be a second old. A name that holds this id is
    never found again after a restart.
    """
    return getattr(_local, "server_id", "")


def run(command: Callable[[redis.Redis], Result]) -> Result:
    """`command(client)`, or `Unavailable` quickly: after a failure nobody waits for a second."""
    global _open_until
    if time.monotonic() < _open_until:
        raise BreakerOpen("Valkey is away")
    try:
        return command(_client())
    except (
        redis.exceptions.ConnectionError,
        redis.exceptions.TimeoutError,
        redis.exceptions.BusyLoadingError,
    ):
        _open_until = time.monotonic() + RETRY_AFTER_SECONDS
        raise


def raw_client(**options: Any) -> redis.Redis:
    """A client without the breaker, for workers and tools that may wait."""
    return redis.Redis.from_url(
        settings.REDIS_URL, **{"socket_timeout": 5, "socket_connect_timeout": 2, **options}
    )


def close() -> None:
    """Forget this thread's connection and close the breaker (tests, forks)."""
    global _open_until
    _open_until = 0.0
    client = getattr(_local, "client", None)
    if client is not None:
        client.close()
        del _local.client
