"""The model that reads people's texts lives outside of the web processes, and is asked again when it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from compliance import redaction
from compliance.redaction import CannotRedact, redact
from compliance.redaction.reader import Reader
from compliance.requests.problems import Refused
from compliance.requests.subject import clean_note

NOTE = "John Smith called."
CLEAN = "<PERSON> called."


@pytest.fixture
def reader():
    own = Reader()
    yield own
    own.close()


def test_whoever_asks_does_not_load_the_model() -> None:
    asking = f"import sys; from compliance.redaction import redact; print(redact({NOTE!r}).text, 'spacy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"{CLEAN} False"


def test_a_process_that_was_killed_is_started_again(reader) -> None:
    assert reader.redact(NOTE, "en").text == CLEAN
    os.kill(reader._process.pid, signal.SIGKILL)
    assert reader.redact(NOTE, "en").text == CLEAN


def test_it_ends_with_whoever_started_it(reader) -> None:
    reader.redact(NOTE, "en")
    reader._process.stdin.close()
    assert reader._process.wait(10) == 0


def test_a_text_that_can_not_be_read_is_not_kept(monkeypatch, reader) -> None:
    monkeypatch.setattr(redaction, "_reader", reader)
    monkeypatch.setattr("compliance.redaction.reader.DEADLINE_SECONDS", 0.05)
    with pytest.raises(CannotRedact):
        redact(NOTE)
    with pytest.raises(Refused, match="is not kept"):
        clean_note(NOTE)


def test_lines_and_letters_of_every_kind_come_back(reader) -> None:
    text = 'First line\nsecond "line"\u2028third — naïve {"json": 1}'
    assert reader.redact(text, "en").text == text
