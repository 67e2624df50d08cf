"""Schemas that may be run against every event: bounded, closed in themselves, and without patterns that explode.

Patterns are run by an engine whose time is linear in the text (the regex crate), so look-around and back references
are refused when a schema is compiled; everything else that could cost more than it says is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

MOST_BYTES = 32 << 10
MOST_DEPTH = 8
MOST_NODES = 500
MOST_VALUES = 500
LONGEST_PATTERN = 500

_ONE = {"additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else"}
_MANY = {"allOf", "anyOf", "oneOf"}
_NAMED = {"properties", "patternProperties"}
_PLAIN = {
    "type", "required", "enum", "const", "format", "pattern", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "minProperties", "maxProperties", "title", "description", "default", "examples", "deprecated",
    "$comment", "$schema", "$id", "readOnly", "writeOnly",
}  # fmt: skip


def faults(schema: Any) -> Iterator[tuple[str, str]]:
    """(where, why) of everything that a schema may not have; where is a path such as "properties.price"."""
    if not isinstance(schema, dict):
        yield "", "A schema is a JSON object."
        return
    if len(orjson.dumps(schema)) > MOST_BYTES:
        yield "", f"A schema may be {MOST_BYTES:,} bytes at most."
        return
    left = MOST_NODES
    waiting: list[tuple[Any, str, int]] = [(schema, "", 1)]
    while waiting:
        node, where, depth = waiting.pop()
        if isinstance(node, bool):
            continue
        if not isinstance(node, dict):
            yield where, "A schema is a JSON object, or true or false."
            continue
        left -= 1
        if left < 0:
            yield where, f"A schema may have {MOST_NODES} parts at most."
            return
        if depth > MOST_DEPTH:
            yield where, f"A schema may be {MOST_DEPTH} levels deep at most."
            continue
        for word, value in node.items():
            here = f"{where}.{word}" if where else word
            yield from _word(word, value, here)
            waiting += [(part, f"{here}{tail}", depth + 1) for part, tail in _parts(word, value)]


def _word(word: str, value: Any, here: str) -> Iterator[tuple[str, str]]:
    if word in ("$ref", "$dynamicRef", "$recursiveRef", "$defs", "definitions"):
        yield here, "References are not followed: write the part out where it is used."
    elif word not in _ONE | _MANY | _NAMED | _PLAIN:
        yield here, f"“{word}” is no word of JSON Schema (draft 7) that events can be checked by."
    elif word == "enum" and isinstance(value, list) and len(value) > MOST_VALUES:
        yield here, f"At most {MOST_VALUES} values can be listed."
    elif word == "pattern" and isinstance(value, str) and len(value) > LONGEST_PATTERN:
        yield here, f"A pattern may have {LONGEST_PATTERN} characters at most."
    elif word in _NAMED and not isinstance(value, dict):
        yield here, "Properties are a JSON object: name → schema."


def _parts(word: str, value: Any) -> Iterator[tuple[Any, str]]:
    """The schemas inside a schema, and what their paths end in."""
    if word in _ONE:
        if isinstance(value, list):
            yield from ((part, f"[{i}]") for i, part in enumerate(value))
        else:
            yield value, ""
    elif word in _MANY and isinstance(value, list):
        yield from ((part, f"[{i}]") for i, part in enumerate(value))
    elif word in _NAMED and isinstance(value, dict):
        yield from ((part, f".{name}") for name, part in value.items())
