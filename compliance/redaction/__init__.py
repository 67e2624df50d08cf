"""The one redactor of personal data, in two strengths.

`redact_patterns` finds what has a form (addresses, numbers) in microseconds, without a library: for logs and for texts that
machines write. `redact` also finds what only its sentence tells (names, places), with Presidio and a language model: for
texts that people write. The model takes 150 MB and seconds to load, so it is loaded by the first call and never at start.
Entities have Presidio's names in both.
"""

from __future__ import annotations

import threading

from .patterns import Redacted, redact_patterns, redact_values

__all__ = ["Redacted", "redact", "redact_patterns", "redact_values", "warm"]

_warming: threading.Thread | None = None


def warm() -> None:
    """Load the model in the background, because somebody is about to write; returns at once."""
    global _warming
    if _warming is None:
        _warming = threading.Thread(target=redact, args=("warm",), name="redaction", daemon=True)
        _warming.start()


def redact(text: str, language: str = "en") -> Redacted:
    """`text` with each piece of personal data replaced by its kind: “<PERSON> wrote from <EMAIL_ADDRESS>”.

    Languages without a model at hand get the patterns only. About 10 ms a short text.
    """
    if not text.strip():
        return Redacted(text, {})
    # Here and not above: web processes import this module, and most never need the model.
    from .analyzer import redact_text

    return redact_text(text, language)
