"""JSON for people: line by line with the path of each, so that a field can be marked, and what changed between two."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Line:
    """`tone`: "" as it was, "wrong" the field that is wrong, "old" and "new" in a difference."""

    text: str
    tone: str = ""


def marked(value: Any, path: str) -> list[Line]:
    """The value's lines, with those of the field at `path` ("properties.products[0].price") marked.

    What is missing can't be marked: then it is the object that should hold it.
    """
    lines = list(_lines(value, "", "", ""))
    wanted = path
    while wanted and not any(_within(at, wanted) for at, _ in lines):
        cut = max(wanted.rfind("."), wanted.rfind("["))
        wanted = wanted[:cut] if cut > 0 else ""
        if any(at == wanted for at, _ in lines) and wanted:
            # Its first line only: the rest of the object is not what is wrong.
            first = next(i for i, (at, _) in enumerate(lines) if at == wanted)
            return [Line(text, "wrong" if i == first else "") for i, (_, text) in enumerate(lines)]
    return [Line(text, "wrong" if wanted and _within(at, wanted) else "") for at, text in lines]


def difference(before: Any, after: Any) -> list[Line]:
    """The lines that changed, with one line around them."""
    old, new = pretty(before).splitlines(), pretty(after).splitlines()
    tones = {"-": "old", "+": "new"}
    found = []
    for line in list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]:
        found.append(Line("…") if line.startswith("@@") else Line(line[1:], tones.get(line[0], "")))
    return found


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _within(at: str, path: str) -> bool:
    return at == path or at.startswith((f"{path}.", f"{path}["))


def _lines(value: Any, path: str, head: str, tail: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    pad = "  " * depth
    if isinstance(value, dict) and value:
        yield path, f"{pad}{head}{{"
        last = len(value) - 1
        for i, (name, inner) in enumerate(value.items()):
            at = f"{path}.{name}" if path else str(name)
            yield from _lines(inner, at, f"{_text(name)}: ", "," if i < last else "", depth + 1)
        yield path, f"{pad}}}{tail}"
    elif isinstance(value, list) and value:
        yield path, f"{pad}{head}["
        for i, inner in enumerate(value):
            yield from _lines(inner, f"{path}[{i}]", "", "," if i < len(value) - 1 else "", depth + 1)
        yield path, f"{pad}]{tail}"
    else:
        yield path, f"{pad}{head}{_text(value)}{tail}"


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
