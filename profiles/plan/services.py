"""Changing the plan: every change is a new version, so that any of them can be taken back."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from tenants import audit
from tenants.scope import Scope

from .current import forget
from .document import EMPTY, BadPlan, Fault, checked
from .models import TrackingPlan


class Changed(Exception):
    """Somebody else saved a version meanwhile; `number` is the one that holds now."""

    def __init__(self, number: int) -> None:
        super().__init__("Somebody else changed the tracking plan meanwhile: read it again.")
        self.number = number


def latest() -> tuple[int, dict[str, Any]]:
    """(number, document) of the plan that holds; (0, an empty one) when there is none."""
    newest = TrackingPlan.objects.first()
    return (newest.number, newest.document) if newest else (0, EMPTY)


def save(
    scope: Scope, document: Any, *, actor: str, note: str = "", expected: int | None = None
) -> TrackingPlan | None:
    """Make `document` the plan; None when it says what the plan says already.

    `expected`: the version that it was made from; raises `Changed` when another one holds by now, `BadPlan` when it
    can't hold.
    """
    clean = checked(document)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One writer at a time; readers see the old version until the commit.
            cursor.execute(f'LOCK TABLE "{scope.schema}".profiles_trackingplan IN EXCLUSIVE MODE')
        number, before = latest()
        if expected is not None and expected != number:
            raise Changed(number)
        if clean == before:
            return None
        made = TrackingPlan.objects.create(
            number=number + 1, document=clean, actor=actor, note=(note or difference(before, clean))[:200]
        )
        audit.record(
            "tracking plan changed",
            f"trackingplan:{made.number}",
            actor,
            events=len(clean["events"]),
            violations=clean["violations"],
            unplanned=clean["unplanned"],
        )
        transaction.on_commit(lambda: forget(scope.schema))
    return made


def put_event(
    scope: Scope,
    event: dict[str, Any],
    *,
    actor: str,
    before: tuple[str, str] | None = None,
    expected: int | None = None,
) -> TrackingPlan | None:
    """Add one event to the plan, or put it in the place of `before` (type, name)."""
    _, document = latest()
    name = (event.get("type"), event.get("name") or "")
    others = [e for e in document["events"] if (e["type"], e["name"]) not in (before, name)]
    taken = any((e["type"], e["name"]) == name for e in document["events"])
    if taken and before != name:
        raise BadPlan([Fault("name", f"“{name[1] or name[0]}” is in the plan already.")])
    return save(scope, {**document, "events": [*others, event]}, actor=actor, expected=expected)


def remove_event(scope: Scope, type_: str, name: str, *, actor: str) -> TrackingPlan | None:
    _, document = latest()
    kept = [e for e in document["events"] if (e["type"], e["name"]) != (type_, name)]
    return save(scope, {**document, "events": kept}, actor=actor)


def restore(scope: Scope, number: int, *, actor: str) -> TrackingPlan | None:
    """Make an older version hold again, as a new one. 0: no plan at all."""
    document = TrackingPlan.objects.get(number=number).document if number else EMPTY
    return save(scope, document, actor=actor, note=f"Back to version {number}" if number else "Plan emptied")


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What changed, in a sentence."""
    old = {(e["type"], e["name"]): e for e in before["events"]}
    new = {(e["type"], e["name"]): e for e in after["events"]}
    parts = [
        _named("Added", [n for n in new if n not in old]),
        _named("Removed", [n for n in old if n not in new]),
        _named("Changed", [n for n in new if n in old and new[n] != old[n]]),
    ]
    if before["violations"] != after["violations"]:
        parts.append(f"Violations: {after['violations']}")
    if before["unplanned"] != after["unplanned"]:
        parts.append(f"Unplanned events: {after['unplanned']}")
    return ". ".join(part for part in parts if part)


def _named(verb: str, names: list[tuple[str, str]]) -> str:
    if not names:
        return ""
    shown = ", ".join(name or kind for kind, name in names[:3])
    return f"{verb} {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
