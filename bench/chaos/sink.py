"""A merchant's server that honours idempotency keys: it delivers each key once and remembers every call."""

from __future__ import annotations

import threading
from collections import Counter
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Sink(ThreadingHTTPServer):
    """`calls`: by key. `changed`: keys that came again with another body, which no provider would forgive."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.changed: set[str] = set()
        self._digests: dict[str, bytes] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers are killed here; their broken connections are no news."""

    def take(self, key: str, body: bytes) -> None:
        digest = blake2b(body, digest_size=16).digest()
        with self._lock:
            self.calls[key] += 1
            if self._digests.setdefault(key, digest) != digest:
                self.changed.add(key)


class _Handler(BaseHTTPRequestHandler):
    server: Sink
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the caller was killed in the middle of its words: no server would take that
        self.server.take(self.headers["Idempotency-Key"], body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass
