"""The bytes of a tracking request: bounded before and after decompression."""

from __future__ import annotations

import json
import zlib

from django.http import HttpRequest

from tenants.api import parse_json
from tenants.problems import Problem

MAX_EVENT_BYTES = 32 << 10
# An order of thousands of lines, out of a file, is one event: in parts its later ones would count for repetitions.
MAX_IMPORTED_BYTES = 512 << 10
MAX_BATCH_BYTES = 500 << 10
# As many as a transaction stores in time, also when each of them is a dead letter.
MAX_BATCH_EVENTS = 5_000
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body in plain, whatever the headers say of it; 413 over `limit` bytes in either form, 400 when broken.

    The bytes themselves tell whether they are gzip: proxies unpack a body and leave the header, and some SDKs of others
    compress without saying so. JSON can't begin with gzip's two magic bytes.
    """
    if _declared_length(request) > limit:
        raise too_large(limit)
    body = _chunks(request, limit) if _chunked(request) else request.body
    if len(body) > limit:
        raise too_large(limit)
    if body[:2] == _GZIP_MAGIC:
        return _gunzip(body, limit)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in ("", "identity") or body.lstrip()[:1] == b"{":
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Problem(
            415, "unsupported_encoding", f"Content-Encoding “{encoding}” is not understood: send gzip."
        )
    raise Problem(400, "invalid_gzip", "The body is not gzip, although its header says so.")


def too_large(limit: int) -> Problem:
    return Problem(413, "body_too_large", f"The body may be {limit:,} bytes at most.", limit=limit)


def explain_broken_json(body: bytes) -> bytes:
    """Called when the fast decoder refused `body`: the same JSON without lone surrogates, or a 400 with the position.

    JavaScript cuts strings in the middle of an emoji; what remains is JSON by the grammar, yet no valid Unicode. A byte
    order mark in front, which some programs write, is left out.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        parse_json(body)
        raise Problem(400, "invalid_json", "The body is not JSON: it is nested too deeply.") from None
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _chunked(request: HttpRequest) -> bool:
    """Sent in chunks, without a length: Django reads nothing of it. The server says whether it knows where the body ends."""
    said = request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    ends = bool(request.META.get("wsgi.input_terminated"))
    return "chunked" in said and ends and not request.META.get("CONTENT_LENGTH")


def _chunks(request: HttpRequest, limit: int) -> bytes:
    stream, body = request.META["wsgi.input"], b""
    while len(body) <= limit and (part := stream.read(limit + 1 - len(body))):
        body += part
    return body


def _declared_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _gunzip(body: bytes, limit: int) -> bytes:
    # A bomb is stopped one byte after the limit: nothing larger is ever held.
    engine = zlib.decompressobj(_GZIP)
    try:
        plain = engine.decompress(body, limit + 1)
    except zlib.error as error:
        raise Problem(400, "invalid_gzip", "The body begins like gzip and is broken after that.") from error
    if len(plain) > limit:
        raise too_large(limit)
    if not engine.eof:
        raise Problem(400, "invalid_gzip", "The gzip body ends too early.")
    return plain


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
