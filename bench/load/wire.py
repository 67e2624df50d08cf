"""HTTP/1.1 over raw sockets, as little of it as a load generator needs.

A generator shares the cores with the server it measures: every microsecond it spends on a request is missing there.
So requests are prebuilt bytes, and of an answer only its status and its length are looked at.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

_READ = 1 << 17


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go. Only loopback addresses are meant."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        """A connected, non-blocking socket without Nagle's delay."""
        connection = socket.create_connection((self.host, self.port), timeout=5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        return connection


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes


class BrokenAnswer(Exception):
    """The server closed the connection in the middle, or its answer does not say how long it is."""


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    return _head("GET", path, headers or {}) + b"\r\n"


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    all_headers = {
        "Content-Type": "application/json",
        **(headers or {}),
        "Content-Length": str(len(body)),
    }
    return _head("POST", path, all_headers) + b"\r\n" + body


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def write_key(key: str) -> dict[str, str]:
    """Basic auth with the key as user name, as tracking libraries send it."""
    return {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n").encode()


class Incoming:
    """The bytes of one answer after the other, as they come in."""

    __slots__ = ("chunked", "got", "need", "split")

    def __init__(self) -> None:
        self.got = b""
        self.need = 0
        self.split = 0
        self.chunked = False

    def feed(self, data: bytes) -> Answer | None:
        """The answer once it is whole, None before; raises BrokenAnswer."""
        self.got = got = self.got + data if self.got else data
        if not self.split:
            end = got.find(b"\r\n\r\n")
            if end < 0:
                return None
            self.split = end + 4
            self._read_head(got[: end + 2])
        if self.chunked:
            body = _joined(got, self.split) if got.endswith(b"0\r\n\r\n") else None
            if body is None:
                return None
        elif len(got) < self.need:
            return None
        else:
            body = got[self.split : self.need]
        answer = Answer(int(got[9:12]), got[: self.split], body)
        self.got, self.split = b"", 0
        return answer

    def _read_head(self, head: bytes) -> None:
        at = head.find(b"content-length: ")
        if at < 0:
            self.chunked = b"transfer-encoding: chunked\r\n" in head
            if self.chunked:
                return
            lower = head.lower()
            if lower != head:
                self._read_head(lower)
                return
            if head[9:12] not in (b"204", b"304"):
                raise BrokenAnswer("an answer that does not say how long it is")
            self.need = self.split
            return
        self.chunked = False
        self.need = self.split + int(head[at + 16 : head.find(b"\r\n", at)])


def _joined(got: bytes, at: int) -> bytes | None:
    """The chunks from `at` on, joined; None while the last one is missing."""
    parts: list[bytes] = []
    while True:
        line = got.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(got[at:line].split(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(got[line + 2 : line + 2 + size])
        at = line + 4 + size


class Exchange:
    """One kept-alive connection that carries one request at a time."""

    __slots__ = ("connection", "due", "incoming", "rest")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.incoming = Incoming()
        self.rest: memoryview | None = None
        self.due = 0.0  # when its request was to be sent, for whoever counts time

    def send(self, request: bytes) -> bool:
        """True when all of it is on its way; else call `send_rest` once the socket is writable."""
        try:
            sent = self.connection.send(request)
        except BlockingIOError:
            sent = 0
        if sent == len(request):
            return True
        self.rest = memoryview(request)[sent:]
        return False

    def send_rest(self) -> bool:
        if self.rest is None:
            return True
        try:
            self.rest = self.rest[self.connection.send(self.rest) :]
        except BlockingIOError:
            return False
        if len(self.rest):
            return False
        self.rest = None
        return True

    def receive(self) -> Answer | None:
        """The answer once it is whole, None before; raises BrokenAnswer."""
        try:
            data = self.connection.recv(_READ)
        except BlockingIOError:
            return None
        except ConnectionError as error:
            raise BrokenAnswer(str(error)) from error
        if not data:
            raise BrokenAnswer("the server closed the connection")
        return self.incoming.feed(data)
