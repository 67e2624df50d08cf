"""A plan ready to judge events: the hot path of the door. A good event costs a dictionary look-up and one validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from ..flags import STRIPPED, UNPLANNED, VIOLATES
from .validators import Violation, validator, violations

NUMBERS = {"identify": 1, "track": 2, "page": 3, "screen": 4, "group": 5}
TRAITS = ("identify", "group")
TRACK = 2


class Judged(NamedTuple):
    """What the plan says of an event. `refused`: it is not taken; `raw`: its bytes when something was taken out of it.

    `about`: `raw` holds the context that counts, also where the batch had said it.
    """

    flags: int
    violations: tuple[Violation, ...]
    refused: bool = False
    raw: bytes | None = None
    about: bool = False

    @property
    def path(self) -> str:
        return self.violations[0].place if self.violations else ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One event of the plan. `names`: its fields, None where the schema does not list them. `context`: of the context."""

    name: str
    holder: str
    action: str
    check: jsonschema_rs.Draft7Validator
    names: frozenset[str] | None
    context: jsonschema_rs.Draft7Validator | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    number: int
    unplanned: str
    events: Mapping[tuple[int, str], Planned]

    def judge(
        self,
        kind: int,
        name: str,
        fields: Mapping[str, Any] | None,
        raw: bytes,
        context: Mapping[str, Any] | bytes | None = None,
    ) -> Judged | None:
        """None: nothing to say. `kind`: number of the type; `fields`: properties, or traits of identify and group.

        `context`: the event's, or its batch's as JSON; looked at where the plan says something of it.
        """
        planned = self.events.get((kind, name))
        if planned is None and kind != TRACK:
            planned = self.events.get((kind, ""))
        if planned is None:
            return self._unplanned(kind, name)
        given = fields or {}
        strips = planned.action == "strip" and planned.names is not None and not given.keys() <= planned.names
        about: Mapping[str, Any] = {}
        if planned.context is not None:
            about = msgspec.json.decode(context) if isinstance(context, bytes) and context else context or {}
        fits = planned.context is None or planned.context.is_valid(about)
        if fits and not strips and planned.check.is_valid(given):
            return None
        return _judged(planned, given, raw, about)

    def _unplanned(self, kind: int, name: str) -> Judged | None:
        if self.unplanned == "allow" or kind != TRACK:
            return None
        said = Violation(("event",), f"“{name[:80]}” is not in the tracking plan", "unplanned")
        return Judged(UNPLANNED, (said,), refused=self.unplanned == "reject")


def compile_plan(number: int, document: Mapping[str, Any]) -> Plan:
    """A document as plan.document.checked returns it; raises BadSchema."""
    events = {}
    for event in document["events"]:
        schema, holder = event["schema"], "traits" if event["type"] in TRAITS else "properties"
        listed = schema.get("properties")
        closed = isinstance(listed, dict) and bool(listed) and "patternProperties" not in schema
        events[NUMBERS[event["type"]], event["name"]] = Planned(
            event["name"] or event["type"],
            holder,
            event["violations"] or document["violations"],
            validator(schema),
            frozenset(listed) if closed else None,
            validator(event["context"]) if event.get("context") is not None else None,
        )
    return Plan(number, document["unplanned"], events)


def _judged(
    planned: Planned, fields: Mapping[str, Any], raw: bytes, context: Mapping[str, Any]
) -> Judged | None:
    found = violations(planned.check, fields)
    about = violations(planned.context, context) if planned.context is not None else []
    placed = tuple(
        v._replace(path=(holder, *v.path))
        for holder, said in ((planned.holder, found), ("context", about))
        for v in said
    )
    if planned.action == "reject":
        return Judged(VIOLATES, placed, refused=True) if placed else None
    if planned.action == "flag":
        return Judged(VIOLATES, placed) if placed else None
    kept, changed = strip(fields, found, planned.names)
    # Names that the plan does not list stay in a context: SDKs fill it, and more with every version.
    kept_about, changed_about = strip(context, about, None)
    if not (changed or changed_about):
        return Judged(VIOLATES, placed) if placed else None
    event = msgspec.json.decode(raw)
    if changed:
        event[planned.holder] = kept
    if changed_about:
        event["context"] = kept_about
    return Judged(
        (VIOLATES if placed else 0) | STRIPPED, placed, raw=msgspec.json.encode(event), about=changed_about
    )


def strip(
    fields: Mapping[str, Any], found: list[Violation], names: frozenset[str] | None
) -> tuple[dict[str, Any], bool]:
    """(the fields without what is wrong or not in the plan, whether anything was taken out).

    Of a list with a wrong entry the whole list goes: half a list of products would be another order.
    """
    kept = {name: value for name, value in fields.items() if names is None or name in names}
    changed = len(kept) != len(fields)
    for violation in found:
        path = violation.path
        whole = next((i for i, step in enumerate(path) if isinstance(step, int)), len(path))
        changed |= _remove(kept, path[:whole])
    return kept, changed


def _remove(fields: dict[str, Any], path: tuple[str | int, ...]) -> bool:
    if not path:
        return False
    holder: Any = fields
    for step in path[:-1]:
        inner = holder.get(step)
        if not isinstance(inner, dict):
            return False
        # What the caller holds stays as it came.
        holder[step] = inner = dict(inner)
        holder = inner
    return holder.pop(path[-1], holder) is not holder
