"""Sources by name, and what somebody said of one made into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Source
from .bucket import BucketFile
from .web import WebFile

SOURCES: dict[str, type[WebFile] | type[BucketFile]] = {kind.key: kind for kind in (WebFile, BucketFile)}


class BadSource(ValueError):
    """What was said can't work; `problems`: (field, sentence)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in problems))
        self.problems = problems


def source_of(key: str, said: Mapping[str, Any]) -> Source:
    """The source that a form or a request describes. Raises `BadSource`."""
    kind = SOURCES.get(key)
    if kind is None:
        raise BadSource([("source", f"A file is fetched from {' or '.join(SOURCES)}.")])
    values = {one.name: said.get(one.name) for one in kind.fields}
    wrong = [(n, "It must be text.") for n, v in values.items() if v is not None and not isinstance(v, str)]
    if wrong:
        raise BadSource(wrong)
    text = {one.name: str(values[one.name] or one.default).strip() for one in kind.fields}
    missing = [
        (one.name, f"{one.label} is missing.") for one in kind.fields if one.required and not text[one.name]
    ]
    source = kind(**text)
    found = missing or source.problems()
    if found:
        raise BadSource(found)
    return source
