"""One end for a whole call. Time-outs of sockets begin anew with every byte: a server that trickles would hold a caller
for hours."""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore

# From the look-up of the name to the last byte that matters.
CALL_SECONDS = 15.0
_own = threading.local()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """What this thread does inside has so long altogether, and no longer than what is around it."""
    before: float = getattr(_own, "until", math.inf)
    _own.until = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _own.until = before


def left(most: float | None = None) -> float:
    """Seconds that remain, at most `most`; 0 or less when the time is over."""
    remaining: float = getattr(_own, "until", math.inf) - time.monotonic()
    return min(remaining, math.inf if most is None else most)


@contextlib.contextmanager
def cutting(connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """When this thread's time is over inside, the socket is shut, and whoever reads from it gets an end.

    For code that knows only time-outs of single steps. `connected`: the socket of the moment, which TLS replaces.
    """
    done, seconds = threading.Event(), left()

    def watch() -> None:
        # Again and again: in the middle of a handshake there may be no socket to shut.
        if not done.wait(max(seconds, 0.0)):
            while not done.wait(0.1):
                current = connected()
                if current is not None:
                    with contextlib.suppress(OSError):
                        # Not SSLSocket's own: it would take its TLS away under the reader's hands.
                        socket.socket.shutdown(current, socket.SHUT_RDWR)

    watcher = threading.Thread(target=watch, name="deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


class Backend(httpcore.SyncBackend):
    """Connections of httpcore that end with the time of the thread that uses them."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if (seconds := left(timeout)) <= 0:
            raise httpcore.ConnectTimeout
        return _Stream(super().connect_tcp(host, port, seconds, local_address, socket_options or ()))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if (seconds := left(timeout)) <= 0:
            raise httpcore.ReadTimeout
        return self._inner.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Byte by byte if the reader is so slow: httpcore's own would give each of them the whole time-out."""
        raw: socket.socket = self._inner.get_extra_info("socket")
        rest = memoryview(buffer)
        while rest:
            if (seconds := left(timeout)) <= 0:
                raise httpcore.WriteTimeout
            try:
                raw.settimeout(seconds)
                rest = rest[raw.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(error) from error
            except OSError as error:
                raise httpcore.WriteError(error) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        if (seconds := left(timeout)) <= 0:
            raise httpcore.ConnectTimeout
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
