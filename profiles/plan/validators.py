"""Compiled schemas, and what they find in an event's fields, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jsonschema_rs

MOST_VIOLATIONS = 5
_PATTERNS = jsonschema_rs.RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 20)
_TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip
_OF = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
_FORMATS = {
    "date-time": "a moment (ISO 8601)", "date": "a date", "email": "an e-mail address", "uri": "an address (URL)",
    "uuid": "a UUID",
}  # fmt: skip


class BadSchema(Exception):
    """Why a schema can't be compiled; `where` inside the schema."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


class Violation(NamedTuple):
    """`path`: from the event's fields, such as ("products", 0, "price"). `why` never holds the value itself."""

    path: tuple[str | int, ...]
    why: str
    keyword: str

    @property
    def place(self) -> str:
        """ "products[0].price"."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft7Validator:
    """Compile a schema (draft 7; formats are checked, nothing is fetched); raises `BadSchema`."""
    plain = {word: value for word, value in schema.items() if word not in ("$schema", "$id")}
    try:
        return jsonschema_rs.Draft7Validator(
            plain, validate_formats=True, pattern_options=_PATTERNS, offline=True
        )
    except jsonschema_rs.ValidationError as error:
        where = ".".join(str(step) for step in error.instance_path)
        if error.kind.name == "format":
            raise BadSchema(
                where, "This pattern can't be used: look-around and back references are not."
            ) from error
        raise BadSchema(where, f"The schema is not valid: {error.message[:200]}.") from error
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise BadSchema("", f"The schema can't be used: {str(error)[:200]}.") from error


def violations(check: jsonschema_rs.Draft7Validator, fields: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with an event's fields, at most five things.

    SDKs write null for what an event does not have: a field whose null the schema refuses counts as not there.
    """
    found = _found(check, fields)
    nulls = {v.path[0] for v in found if len(v.path) == 1 and fields.get(str(v.path[0]), 0) is None}
    if nulls:
        found = _found(check, {name: value for name, value in fields.items() if name not in nulls})
    return found


def _found(check: jsonschema_rs.Draft7Validator, fields: Mapping[str, Any]) -> list[Violation]:
    found: dict[tuple[Any, ...], Violation] = {}
    for error in check.iter_errors(fields):
        for violation in _violations(error, fields):
            found.setdefault((violation.path, violation.keyword), violation)
        if len(found) >= MOST_VIOLATIONS:
            break
    return list(found.values())[:MOST_VIOLATIONS]


def _violations(error: jsonschema_rs.ValidationError, fields: Mapping[str, Any]) -> list[Violation]:
    kind, path = error.kind.name, tuple(error.instance_path)
    if kind == "required":
        return [Violation((*path, str(error.kind.value)), "is missing", kind)]
    if kind == "additionalProperties":
        return [Violation((*path, name), "is not in the plan", kind) for name in error.kind.value]
    return [Violation(path, _why(kind, error.kind.value, _at(fields, path)), kind)]


def _at(fields: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            fields = fields[step]
        except (KeyError, IndexError, TypeError):
            return None
    return fields


def _why(keyword: str, wanted: Any, value: Any) -> str:
    match keyword:
        case "type":
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            words = " or ".join(_TYPES.get(str(name), str(name)) for name in names)
            return f"must be {words}, not {_OF.get(type(value), 'null')}"
        case "enum":
            shown = ", ".join(str(one) for one in list(wanted)[:8])
            return f"must be one of {shown}{', …' if len(wanted) > 8 else ''}"
        case "constant" | "const":
            return f"must be {wanted}"
        case "minimum" | "exclusiveMinimum":
            return f"must be {'more than' if keyword != 'minimum' else 'at least'} {wanted}"
        case "maximum" | "exclusiveMaximum":
            return f"must be {'less than' if keyword != 'maximum' else 'at most'} {wanted}"
        case "minLength" | "maxLength":
            return f"must have {'at least' if keyword == 'minLength' else 'at most'} {wanted} characters"
        case "minItems" | "maxItems":
            return f"must have {'at least' if keyword == 'minItems' else 'at most'} {wanted} entries"
        case "pattern":
            return f"does not match the pattern {str(wanted)[:60]}"
        case "format":
            return f"must be {_FORMATS.get(str(wanted), f'of the form “{wanted}”')}"
        case "uniqueItems":
            return "lists something twice"
        case _:
            return "does not fit the plan"
