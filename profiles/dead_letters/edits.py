"""A few safe changes that are made to many events alike: rename, set, remove, write as a number or as a text.

A path goes from the event down: "properties.price", "properties.products[].price" for every entry of a list. What an
event does not have is left alone; a rename never overwrites.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

VERBS = {
    "rename": "Rename a field",
    "set": "Set a field",
    "remove": "Remove a field",
    "number": "Write as a number",
    "text": "Write as a text",
}
MOST_EDITS = 10
_PATH = re.compile(r"^[^.\[\]\x00]{1,100}(\[\])?(\.[^.\[\]\x00]{1,100}(\[\])?){0,7}$")
# Who an event is of, and that it counts once, is not changed for many at once.
_NEVER = frozenset({"messageId", "userId", "anonymousId", "previousId"})


class BadEdit(ValueError):
    """Why an edit can't be made; the message is for whoever wrote it."""


def checked(edits: Any) -> list[dict[str, Any]]:
    """The edits in their one form; raises `BadEdit`."""
    if not isinstance(edits, list) or not edits:
        raise BadEdit("Say at least one thing that is to be changed.")
    if len(edits) > MOST_EDITS:
        raise BadEdit(f"At most {MOST_EDITS} changes can be made at once.")
    return [_one(edit) for edit in edits]


def _one(edit: Any) -> dict[str, Any]:
    if not isinstance(edit, Mapping) or edit.get("do") not in VERBS:
        raise BadEdit("A change is one of: " + ", ".join(VERBS) + ".")
    path, clean = _path(edit.get("path")), {"do": edit["do"]}
    clean["path"] = path
    if edit["do"] == "rename":
        to = str(edit.get("to") or "").strip()
        if not to or "." in to or "[" in to or len(to) > 100:
            raise BadEdit("The new name is the last part of the path only: it stays where it is.")
        clean["to"] = to
        if "." not in path and to in _NEVER:
            raise BadEdit(f"“{to}” is not changed for many events at once.")
    if edit["do"] == "set":
        if path.endswith("[]"):
            raise BadEdit("Say which field of the entries is to be set.")
        clean["value"] = edit.get("value")
    return clean


def _path(path: Any) -> str:
    text = str(path or "").strip()
    if not _PATH.match(text):
        raise BadEdit("A path is written like “properties.price” or “properties.products[].price”.")
    if text in _NEVER:
        raise BadEdit(f"“{text}” is not changed for many events at once.")
    return text


def apply(event: Mapping[str, Any], edits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A changed copy of the event."""
    changed = copy.deepcopy(dict(event))
    for edit in edits:
        *way, last = edit["path"].split(".")
        every = last.endswith("[]")
        name = last.removesuffix("[]")
        for holder in _holders(changed, way, makes=edit["do"] == "set"):
            _change(holder, name, every, edit)
    return changed


def said(edit: Mapping[str, Any]) -> str:
    """An edit as a sentence."""
    match edit["do"]:
        case "rename":
            return f"Rename {edit['path']} to {edit['to']}"
        case "set":
            return f"Set {edit['path']} to {edit['value']!r}"
        case "remove":
            return f"Remove {edit['path']}"
        case verb:
            return f"Write {edit['path']} as a {verb}"


def _holders(event: Any, way: Sequence[str], *, makes: bool) -> Iterator[dict[str, Any]]:
    """The objects that a path's last field is in."""
    if not isinstance(event, dict):
        return
    if not way:
        yield event
        return
    name, rest = way[0].removesuffix("[]"), way[1:]
    if name not in event and makes and not way[0].endswith("[]"):
        event[name] = {}
    inner = event.get(name)
    if way[0].endswith("[]"):
        for entry in inner if isinstance(inner, list) else ():
            yield from _holders(entry, rest, makes=makes)
    else:
        yield from _holders(inner, rest, makes=makes)


def _change(holder: dict[str, Any], name: str, every: bool, edit: Mapping[str, Any]) -> None:
    verb = edit["do"]
    if verb == "set":
        holder[name] = edit["value"]
    elif name not in holder:
        return
    elif verb == "remove":
        del holder[name]
    elif verb == "rename":
        if edit["to"] not in holder:
            holder[edit["to"]] = holder.pop(name)
    elif every and isinstance(holder[name], list):
        holder[name] = [_written(value, verb) for value in holder[name]]
    else:
        holder[name] = _written(holder[name], verb)


def _written(value: Any, verb: str) -> Any:
    """ "1,299.50" as 1299.5; what is no number stays as it is, for the door to refuse."""
    if verb == "text":
        return value if isinstance(value, str | dict | list) or value is None else str(value)
    if not isinstance(value, str):
        return value
    text = re.sub(r"[\s$€£¥]|(?<=\d),(?=\d{3}\b)", "", value)
    try:
        number = float(text)
    except ValueError:
        return value
    return int(number) if number.is_integer() and "." not in text and "e" not in text.lower() else number
