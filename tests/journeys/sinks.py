"""Servers of others, real ones on a loopback port: what messages arrive at."""

from __future__ import annotations

import base64
import hmac
import socket
import threading
from collections import Counter
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

SECRET = "a-secret-of-sixteen-characters"


class HttpSink(ThreadingHTTPServer):
    """Keeps every call; delivers each idempotency key once. `answers` are statuses to give before it goes well."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.delivered: Counter[str] = Counter()
        self.answers: list[int] = []
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.calls]


class _Handler(BaseHTTPRequestHandler):
    server: HttpSink
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.calls.append((dict(self.headers), body))
            status = self.server.answers.pop(0) if self.server.answers else 200
            if status == 200:
                self.server.delivered[self.headers["Idempotency-Key"]] += 1
        answer = b'{"id":"provider-7"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


def proves(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """Whether the signature is what Standard Webhooks says it should be."""
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()
    return headers["Webhook-Signature"] == f"v1,{expected}"


def free_port() -> int:
    """aiosmtpd connects to its own port to see that it is there: 0 won't do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MailSink:
    """A handler for aiosmtpd: keeps what arrives; `refuse` answers to RCPT, `hang_up` breaks off after the data."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Any] = []
        self.refuse = ""
        self.hang_up = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        if self.hang_up:
            server.transport.abort()
        return "250 taken"
