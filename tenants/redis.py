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


def exchange(*commands: tuple[bytes | str | int, ...]) -> list[Any]:
    """Send commands in one packet and read their replies: `run` without the client's ceremony, for the hottest path.

    Same time-outs, same breaker, the thread's own connection. Raises `Unavailable`.
    """
    return run(lambda client: _exchange(client, commands))


def _exchange(client: Any, commands: tuple[tuple[bytes | str | int, ...], ...]) -> list[Any]:
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = client.connection_pool.get_connection()
    try:
        connection.send_packed_command([b"".join(map(_packed, commands))], check_health=False)
        return [connection.read_response() for _ in commands]
    except BaseException:
        # Replies that nobody read must not be taken for the next ones.
        connection.disconnect()
        # It may be another start of the server that answers next.
        _local.server_id = ""
        raise


def _packed(command: tuple[bytes | str | int, ...]) -> bytes:
    """A command as RESP, an array of bulk strings."""
    parts = [b"*%d\r\n" % len(command)]
    for word in command:
        value = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(value), value))
    return b"".join(parts)


def raw_client(**options: Any) -> redis.Redis:
    """A client without the breaker, for workers and tools that may wait."""
    return redis.Redis.from_url(
        settings.REDIS_URL, **{"socket_timeout": 5, "socket_connect_timeout": 2, **options}
    )


def close() -> None:
    """Forget this thread's connection and close the breaker (tests, forks)."""
    global _open_until
    _open_until = 0.0
    connection = getattr(_local, "connection", None)
    if connection is not None:
        connection.disconnect()
        del _local.connection
    client = getattr(_local, "client", None)
    if client is not None:
        client.close()
        del _local.client
