"""Attune behind a real socket, for libraries and browsers that speak HTTP themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False


@pytest.fixture
def host(committed: None) -> Iterator[str]:
    """Its address, such as http://127.0.0.1:12345."""
    application = get_wsgi_application()

    def served(environ: Any, start_response: Any) -> Any:
        try:
            yield from application(environ, start_response)
        finally:
            connection.close()

    server = make_server("127.0.0.1", 0, served, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
