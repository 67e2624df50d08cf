"""A line to a storage that does what lines do: answers get lost, servers fail, are slow, or say nothing at all."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time


class FaultyLine(socketserver.ThreadingTCPServer):
    """A TCP proxy to (host, port). `faults`: what the next connections meet, one after another; then all is well.

    "503": the server fails before it looks. "silent": nothing ever comes. "cut": the line breaks in the middle of the
    request. "lost": everything arrives, the answer does not. "slow": the answer comes byte by byte.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream, self.faults, self.met = upstream, list[str](), list[str]()
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Connection)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    server: FaultyLine

    def handle(self) -> None:
        fault = self.server.faults.pop(0) if self.server.faults else "well"
        self.server.met.append(fault)
        if fault == "silent":
            self.server.over.wait(20)
            return
        request = self._request()
        if fault == "503":
            self.request.sendall(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with socket.create_connection(self.server.upstream) as up, contextlib.suppress(OSError):
            if fault == "cut":
                up.sendall(request[: len(request) // 2])
                return
            up.sendall(request)
            up.shutdown(socket.SHUT_WR)
            while piece := up.recv(1 << 16):
                if fault == "lost":
                    continue
                if fault == "slow":
                    for byte in piece:
                        self.request.sendall(bytes([byte]))
                        time.sleep(0.05)
                    continue
                self.request.sendall(piece)

    def _request(self) -> bytes:
        """The whole of it, made to be the connection's last."""
        said = b""
        while b"\r\n\r\n" not in said:
            said += self.request.recv(1 << 16)
        head, _, body = said.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += self.request.recv(1 << 16)
        return head + b"\r\nConnection: close\r\n\r\n" + body
