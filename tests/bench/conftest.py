"""Small HTTP servers in a thread: they answer as they are told, late or in pieces."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from bench.load.wire import Target

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """Answers every request with `answer(number)`, one thread per connection, while `gate()` lets it.

    Ends connections on which nothing came for `patience` seconds.
    """

    def __init__(
        self, answer: Callable[[int], bytes], gate: Callable[[], None], patience: float | None = None
    ) -> None:
        self.answer, self.gate, self.patience = answer, gate, patience
        self.asked: list[bytes] = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.target = Target("127.0.0.1", self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A generator that has seen enough closes with an answer under way.
        connection.settimeout(self.patience)
        with connection, suppress(ConnectionError, TimeoutError):
            got = b""
            while data := connection.recv(1 << 16):
                got += data
                while (size := _size(got)) is not None:
                    request, got = got[:size], got[size:]
                    with self.lock:
                        number = len(self.asked)
                        self.asked.append(request)
                    self.gate()
                    connection.sendall(self.answer(number))


def _size(got: bytes) -> int | None:
    head, found, rest = got.partition(b"\r\n\r\n")
    if not found:
        return None
    _, _, length = head.partition(b"Content-Length: ")
    body = int(length.split(b"\r\n")[0]) if length else 0
    return len(head) + 4 + body if len(rest) >= body else None


class Freezer:
    """Stands still for the first `frozen` seconds of every `period`, counted from the first request."""

    def __init__(self, period: float, frozen: float) -> None:
        self.period, self.frozen = period, frozen
        self.began: float | None = None

    def __call__(self) -> None:
        now = time.monotonic()
        if self.began is None:
            self.began = now - self.frozen
        at = (now - self.began) % self.period
        if at < self.frozen:
            time.sleep(self.frozen - at)


@pytest.fixture
def freezing() -> Callable[[float, float], Freezer]:
    return Freezer


@pytest.fixture
def serve() -> Iterator[Callable[..., Any]]:
    servers: list[Server] = []

    def start(
        answer: Callable[[int], bytes] = lambda _: OK,
        gate: Callable[[], None] = lambda: None,
        patience: float | None = None,
    ) -> Server:
        servers.append(Server(answer, gate, patience))
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()
