"""What the decoder says of an event that does not fit, as a sentence for people, and the field it means."""

from __future__ import annotations

import re
from typing import NamedTuple

_WRONG = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_RANGE = re.compile(r"(Number|Integer value) out of range")
_BYTE = re.compile(r"JSON is malformed: (.+) \(byte (\d+)\)")
_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class Fault(NamedTuple):
    """`path`: of the field, as in "properties"; "" when it is the whole."""

    detail: str
    path: str


def explain(error: Exception, whole: str = "The event") -> Fault:
    """`error`: of msgspec, or the recursion limit's. `whole`: how to call what was decoded."""
    if isinstance(error, RecursionError):
        return Fault(f"{whole} is nested too deeply.", "")
    said, _, place = str(error).partition(" - at `$")
    # Inside of a field that may hold anything the decoder names no place.
    path = place.rstrip("`").lstrip(".").partition("[...]")[0]
    subject = f"“{path}”" if path else whole
    if found := _WRONG.match(said):
        allowed = found[1].split(" | ")
        wanted = dict.fromkeys(kind for one, kind in _KINDS.items() if one in allowed and one != "null")
        return Fault(
            f"{subject} must be {' or '.join(wanted)}; it is {_KINDS.get(found[2], found[2])}.", path
        )
    if _RANGE.match(said):
        return Fault(f"A number in {subject if path else 'the event'} is too large.", path)
    if said == "Input data was truncated":
        return Fault(f"{whole} is not JSON: it ends too early.", "")
    if found := _BYTE.match(said):
        return Fault(f"{whole} is not JSON: {found[1]}, at byte {found[2]}.", "")
    return Fault(f"{said.rstrip('.')}.", path)
