"""What is wrong with a template's Liquid, with its line, in words for who writes messages and no parsers."""

from __future__ import annotations

import re

from liquid.exceptions import LiquidError, UnknownFilterError

# The library's messages that are written for programmers; others are sentences already.
_WORDS = (
    (r"expected tag end(\w+), found.*", r"“\1” is never closed: “{% end\1 %}” is missing"),
    (r"(\w+) tag was never closed", r"“\1” is never closed: “{% end\1 %}” is missing"),
    (r"expected '}}', found end of file", "“{{” is never closed: “}}” is missing"),
    (r"missing tag name or closing delimiter", "“{%” needs a tag and a “%}” after it"),
    (r"expected '(=|:)', found.*", r"a “\1” is missing"),
    (r"expected in, found.*", "“for” needs “in” between the name and the list"),
    (r"(?:missing expression|expected a primitive expression, found.*)", "something is missing: a name, a text or a number"),
    (r"expected end of expression, found '='", "to compare, write “==” instead of “=”"),
    (r"expected end of expression, found.*", "there is more here than was expected; names have no blanks, filters stand after “|”"),
    (r"expected word, found end of expression", "a filter's name is missing after “|”"),
    (r"expected an identifier, found.*", "a name is missing after “.”"),
    (r"unexpected '\{'", "there is one “{” too many"),
    (r"unexpected (?:\"'\"|'\"')", "a quotation mark is never closed"),
)  # fmt: skip
_UNKNOWN_TAG = re.compile(r"(?:unexpected|unknown) tag\W+(\w+)")


def sentence(error: LiquidError, source: str = "") -> str:
    """“Line 3: there is no filter “uppcase”.” The last line of `source` when the error knows none."""
    where = error.context()
    line = where[0] if where else len(source.rstrip().splitlines()) or 1
    return f"Line {line}: {_said(error)[:200]}."


def _said(error: LiquidError) -> str:
    text = str(error.message or "").strip().rstrip(".") or type(error).__name__
    if isinstance(error, UnknownFilterError):
        return f"there is no filter “{text.rsplit(' ', 1)[-1].strip(chr(39))}”"
    unknown = _UNKNOWN_TAG.match(text)
    if unknown:
        name = unknown[1]
        if name.startswith("end") or name in ("else", "elsif", "when"):
            return f"“{name}” stands where nothing is open that it belongs to"
        return f"there is no tag “{name}”"
    for pattern, words in _WORDS:
        found = re.fullmatch(pattern, text)
        if found:
            return found.expand(words)
    return text
