"""Servers that never come to an end: a byte at a time, each well within the time-out of a single read."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def trickling(*answers: bytes, greeting: bytes = b"", forever: bytes = b"x") -> Iterator[int]:
    """The port of a server that gives one of `answers` to each thing it is told, and then drips for as long as one listens."""

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.sendall(greeting)
                for answer in answers:
                    self.request.recv(65_536)
                    self.request.sendall(answer)
                self.request.recv(65_536)
                while True:
                    self.request.sendall(forever)
                    time.sleep(0.05)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
