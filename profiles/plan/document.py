"""The plan as people and programs write it: a document of JSON.

{"violations": "flag", "unplanned": "allow", "events": [
    {"type": "track", "name": "Order Completed", "description": "…", "violations": null, "schema": {…}}]}

A schema (JSON Schema, draft 7) is for the properties of a track, page or screen, and for the traits of an identify or
group; beside it `"context": {…}` may hold one for the event's context, which SDKs fill. `violations`: flag, strip or reject; of an event null, where the plan's holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from . import safe
from .validators import BadSchema, validator

TYPES = ("track", "page", "screen", "identify", "group")
VIOLATIONS = {
    "flag": "Take it and mark it",
    "strip": "Take out what does not fit",
    "reject": "Refuse it: a dead letter",
}
UNPLANNED = {"allow": "Take it", "flag": "Take it and mark it", "reject": "Refuse it: a dead letter"}
MOST_EVENTS = 500
MOST_BYTES = 1 << 20
LONGEST_NAME = 80
EMPTY: dict[str, Any] = {"violations": "flag", "unplanned": "allow", "events": []}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a document: `where` as "events[3].schema.properties.price"."""

    where: str
    message: str


class BadPlan(Exception):
    """A document that can't hold, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].message if faults else "")
        self.faults = faults


def checked(document: Any) -> dict[str, Any]:
    """The document in its one form, its events in the order of their names; raises `BadPlan`."""
    if not isinstance(document, dict):
        raise BadPlan([Fault("", "A tracking plan is a JSON object.")])
    if len(orjson.dumps(document)) > MOST_BYTES:
        raise BadPlan([Fault("", f"A tracking plan may be {MOST_BYTES:,} bytes at most.")])
    faults = [
        Fault(word, f"“{word}” is no part of a tracking plan.") for word in document if word not in EMPTY
    ]
    violations, unplanned = document.get("violations", "flag"), document.get("unplanned", "allow")
    faults += _one_of("violations", violations, VIOLATIONS) + _one_of("unplanned", unplanned, UNPLANNED)
    events = document.get("events", [])
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise BadPlan([*faults, Fault("events", f"“events” is a list of at most {MOST_EVENTS} events.")])
    kept, seen = [], set()
    for index, event in enumerate(events):
        where = f"events[{index}]"
        found = event_faults(event, where)
        faults += found
        if found:
            continue
        name = (event["type"], event.get("name") or "")
        if name in seen:
            faults.append(Fault(where, f"“{name[1] or name[0]}” is in the plan twice."))
        seen.add(name)
        kept.append(
            {
                "type": event["type"],
                "name": event.get("name") or "",
                "description": event.get("description") or "",
                "violations": event.get("violations"),
                "schema": event["schema"],
                **({"context": event["context"]} if event.get("context") is not None else {}),
            }
        )
    if faults:
        raise BadPlan(faults)
    kept.sort(key=lambda event: (TYPES.index(event["type"]), event["name"]))
    return {"violations": violations, "unplanned": unplanned, "events": kept}


def event_faults(event: Any, where: str = "") -> list[Fault]:
    """What is wrong with one event of a plan."""
    if not isinstance(event, dict):
        return [Fault(where, "An event of the plan is a JSON object.")]
    known = ("type", "name", "description", "violations", "schema", "context")
    faults = [
        Fault(f"{where}.{word}", f"“{word}” is no part of a planned event.")
        for word in event
        if word not in known
    ]
    kind, name = event.get("type"), event.get("name") or ""
    faults += _one_of(f"{where}.type", kind, TYPES)
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        faults.append(Fault(f"{where}.name", f"A name is a text of at most {LONGEST_NAME} characters."))
    elif kind == "track" and not name.strip():
        faults.append(Fault(f"{where}.name", "A track event needs a name."))
    if event.get("violations") is not None:
        faults += _one_of(f"{where}.violations", event["violations"], VIOLATIONS)
    if not isinstance(event.get("description") or "", str):
        faults.append(Fault(f"{where}.description", "A description is a text."))
    faults += _schema_faults(event.get("schema"), f"{where}.schema")
    if event.get("context") is not None:
        faults += _schema_faults(event["context"], f"{where}.context")
    return faults


def _schema_faults(schema: Any, where: str) -> list[Fault]:
    found = [Fault(f"{where}.{at}".rstrip("."), why) for at, why in safe.faults(schema)]
    if not found:
        try:
            validator(schema)
        except BadSchema as error:
            found = [Fault(f"{where}.{error.where}".rstrip("."), str(error))]
    return found


def _one_of(where: str, value: Any, allowed: Any) -> list[Fault]:
    return [] if value in list(allowed) else [Fault(where, f"It must be one of {', '.join(allowed)}.")]
