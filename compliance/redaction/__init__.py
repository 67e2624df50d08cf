"""The one redactor of personal data, in two strengths.

`redact_patterns` finds what has a form (addresses, numbers) in microseconds, without a library: for logs and for texts that
machines write. `redact` also finds what only its sentence tells (names, places), with Presidio and a language model: for
texts that people write. The model lives in a process of its own while somebody writes (`reader`).
Entities have Presidio's names in both.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from .patterns import Redacted, redact_patterns, redact_values
from .reader import CannotRedact, Reader

__all__ = ["CannotRedact", "Redacted", "redact", "redact_patterns", "redact_values", "warm"]

_reader = Reader()
_warming: threading.Thread | None = None


def warm() -> None:
    """Load the model in the background, because somebody is about to write; returns at once."""
    global _warming
    if _warming is None or not _warming.is_alive():
        _warming = threading.Thread(target=_load, name="redaction", daemon=True)
        _warming.start()


def _load() -> None:
    with suppress(CannotRedact):
        redact("warm")


def redact(text: str, language: str = "en") -> Redacted:
    """`text` with each piece of personal data replaced by its kind: “<PERSON> wrote from <EMAIL_ADDRESS>”.

    Languages without a model at hand get the patterns only. About 10 ms a short text, seconds for the first one. Raises
    `CannotRedact` when the model can't be asked: then the text must not be kept.
    """
    if not text.strip():
        return Redacted(text, {})
    return _reader.redact(text, language)
