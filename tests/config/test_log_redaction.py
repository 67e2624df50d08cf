"""No line of the log holds personal data, whoever wrote it, and none is lost or stops its writer."""

from __future__ import annotations

import io
import logging
import subprocess
import sys

import orjson
import pytest
import structlog

from config.telemetry import JsonFormatter, redact

LINE = "ada@example.com paid with 4111 1111 1111 1111 from 203.0.113.7, IBAN DE89370400440532013000, tel +44 20 7946 0958"


@pytest.fixture
def written():
    """`written()` reads the lines that a handler with our formatter has written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("redaction-test")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_line_of_ours(written) -> None:
    structlog.stdlib.get_logger("redaction-test").info(
        LINE, email="ada@example.com", first_name="Ada", count=3, inner={"ip": "203.0.113.7", "said": LINE}
    )
    (line,) = written()
    text = str(line)
    for secret in ("ada@", "4111", "203.0", "DE89", "7946", "Ada"):
        assert secret not in text
    assert (line["count"], line["level"], line["logger"]) == (3, "info", "redaction-test")


def test_a_line_of_a_library(written) -> None:
    logging.getLogger("redaction-test").warning("refused %s from %s", "ada@example.com", "203.0.113.7")
    assert written()[0]["event"] == "refused <EMAIL_ADDRESS> from <IP_ADDRESS>"


def test_an_exception_that_quotes_a_shopper(written) -> None:
    try:
        raise ValueError(LINE)
    except ValueError:
        structlog.stdlib.get_logger("redaction-test").exception("failed")
    (line,) = written()
    assert "ValueError" in line["exception"]
    assert "ada@" not in line["exception"]
    assert "test_log_redaction.py" in line["exception"]


def test_a_value_that_cannot_be_read_stops_nobody_and_shows_nothing() -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError(LINE)

        __repr__ = __str__

    line = redact(None, "", {"event": LINE, "value": Hostile()})
    assert line == {"event": "a log line could not be redacted", "level": "error", "error": "RuntimeError"}


def test_what_is_ours_stays() -> None:
    line = {
        "event": "audit sealed",
        "tenant": "t_alpha",
        "timestamp": "2026-11-23T14:14:02Z",
        "head": "9f86d0" * 10,
    }
    assert redact(None, "", dict(line)) == line


def test_logging_loads_no_language_model() -> None:
    """In a fresh process: the redactor of logs costs a web process nothing but itself."""
    code = (
        "import logging, sys, config.telemetry as t; t.configure(); "
        "h = logging.StreamHandler(); h.setFormatter(t.JsonFormatter()); "
        "l = logging.getLogger('x'); l.addHandler(h); l.error('ada@example.com'); "
        "import compliance.redaction; "
        "print([m for m in ('spacy', 'presidio_analyzer', 'tldextract', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
    assert "<EMAIL_ADDRESS>" in done.stderr
