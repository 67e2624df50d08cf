"""One dead letter's page: its event with the wrong field marked, and what the door would say of a mended one."""

from __future__ import annotations

from typing import Any

import orjson

from tenants.scope import Scope

from ..dead_letters import CannotReplay, read_letter, verdict
from ..ingest.wire import Rejected
from ..models import DeadLetter
from . import letter_words
from .pretty import Line, difference, marked, pretty


def context(scope: Scope, letter: DeadLetter) -> dict[str, Any]:
    """`payload` is None when the person's key has been destroyed."""
    try:
        raw: bytes | None = read_letter(scope, letter)
    except CannotReplay:
        raw = None
    lines, text = _shown(raw, letter.path) if raw is not None else ([], None)
    return {
        "letter": letter,
        "reason": letter_words.reason(letter.reason),
        "source": letter_words.source(letter.source),
        "sender": letter_words.sender(letter.key_kind),
        "payload": text,
        "lines": lines,
    }


def _shown(raw: bytes, path: str) -> tuple[list[Line], str]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = raw.decode(errors="replace")
        return [Line(line) for line in text.splitlines()], text
    return marked(value, path), pretty(value)


def check(scope: Scope, letter: DeadLetter, text: str) -> dict[str, Any]:
    """Whether a text would be taken, why not and where, and what it changes."""
    try:
        after = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return {"refused": f"This is no JSON yet: {error.msg}, line {error.lineno}, column {error.colno}."}
    answer = verdict(scope, letter, orjson.dumps(after))
    found: dict[str, Any] = {"refused": answer.detail if isinstance(answer, Rejected) else ""}
    try:
        before = orjson.loads(read_letter(scope, letter))
    except (CannotReplay, orjson.JSONDecodeError):
        return found
    return {**found, "lines": difference(before, after)}
