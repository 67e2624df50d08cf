"""The tenant's rules of identity: checked, compared in words, changed, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tenants import audit
from tenants.crypto import blind_index
from tenants.due import mark_due
from tenants.scope import Scope

from .models import IdentityRules, Link
from .rules import DEFAULT_KINDS, OTHER, USER, Kind, Rules, parse
from .words import normal

QUEUE = "identity"
MOST_KINDS, MOST_LIMIT, MOST_VALUES, LONGEST = 50, 1_000, 500, 200
KEPT_VERSIONS = 20


class BadRules(ValueError):
    """Why rules can't hold; a sentence for whoever wrote them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says. `kinds`: name → (priority, limit, shared)."""

    kinds: Mapping[str, Kind]
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


def stored() -> IdentityRules | None:
    return IdentityRules.objects.order_by("pk").first()


def current() -> Rules:
    row = stored()
    return parse(row.definition) if row else Rules()


def checked(wanted: Wanted) -> Wanted:
    """The same with values in one form; raises `BadRules`."""
    if len(wanted.kinds) > MOST_KINDS:
        raise BadRules(f"There may be rules for {MOST_KINDS} kinds at most.")
    for name, kind in wanted.kinds.items():
        if not 0 < len(name) <= 40 or "\x00" in name:
            raise BadRules("The name of a kind has 1 to 40 characters, as your events write it.")
        if not 1 <= kind.priority <= 99:
            raise BadRules(f"The priority of “{name}” is a number from 1 to 99; smaller ones count first.")
        if not 1 <= kind.limit <= MOST_LIMIT:
            raise BadRules(f"A shopper may have 1 to {MOST_LIMIT:,} of “{name}”.")
        if name == USER and kind.limit != 1:
            raise BadRules("A shopper has one user id: two known shoppers are never made one.")
        if kind.shared not in ("nobody", "first"):
            raise BadRules(f"Say whose a shared “{name}” is.")
    return Wanted(wanted.kinds, _values(wanted.blocked), _values(wanted.allowed))


def document(scope: Scope, wanted: Wanted, kinds: Iterable[str]) -> dict[str, Any]:
    """As it is stored: what differs from the defaults. `kinds`: those on record, under which a blocked value may be."""
    usual = {name: DEFAULT_KINDS.get(name, OTHER) for name in wanted.kinds}
    differing = {name: kind for name, kind in wanted.kinds.items() if kind != usual[name]}
    made: dict[str, Any] = {
        "kinds": {
            name: {"priority": kind.priority, "limit": kind.limit, "shared": kind.shared}
            for name, kind in sorted(differing.items())
        },
        "blocked": list(wanted.blocked),
        "allowed": list(wanted.allowed),
        "nobody": names_of(scope, wanted.blocked, {*kinds, *wanted.kinds, *DEFAULT_KINDS}),
    }
    return {key: value for key, value in made.items() if value}


def save(scope: Scope, definition: dict[str, Any], *, actor: str, version: int | None = None) -> bool:
    """Let the rules hold from now on, and begin to apply them to the shoppers there are; whether anything changed.

    Waits for the batches in flight. `version`: the one that the writer saw; raises `BadRules` when it holds no more.
    """
    rules = parse(definition)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{scope.schema}:identity-rules"])
        row = IdentityRules.objects.select_for_update().order_by("pk").first() or IdentityRules(version=0)
        if version is not None and version != row.version:
            raise BadRules("Somebody else changed the rules meanwhile. Please look again.")
        if row.definition == definition:
            return False
        before = parse(row.definition)
        earlier = {"version": row.version, "definition": row.definition, "until": timezone.now().isoformat()}
        row.history = [earlier, *row.history][:KEPT_VERSIONS]
        row.definition, row.version = definition, row.version + 1
        row.progress = row.attempts = row.merged = row.separated = row.held_up = 0
        row.until = Link.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        row.save()
        audit.record(
            "identity rules changed",
            "identityrules:1",
            actor,
            version=row.version,
            kinds_changed=sorted(
                name for name in {*before.kinds, *rules.kinds} if before.kind(name) != rules.kind(name)
            ),
            blocked=[len(before.blocked), len(rules.blocked)],
            allowed=[len(before.allowed), len(rules.allowed)],
        )
        mark_due(cursor, scope.tenant_id, QUEUE)
    return True


def earlier_version(number: int) -> dict[str, Any] | None:
    """The definition of a version that held before; None when it is not kept."""
    row = stored()
    history = row.history if row else []
    return next((one["definition"] for one in history if one["version"] == number), None)


def in_words(before: Rules, after: Rules, label: Mapping[str, str]) -> list[str]:
    """What is different, a sentence each."""
    said = []
    for name in sorted({*before.kinds, *after.kinds}):
        old, new, what = before.kind(name), after.kind(name), label.get(name, name)
        if old.priority != new.priority:
            said.append(f"{what}: priority {new.priority} instead of {old.priority}")
        if old.limit != new.limit:
            said.append(f"{what}: at most {new.limit:,} a shopper instead of {old.limit:,}")
        if old.shared != new.shared:
            said.append(f"{what}: a shared one {SHARED[new.shared]} instead of {SHARED[old.shared]}")
    for word, old_values, new_values in (
        ("names nobody", before.blocked, after.blocked),
        ("is a name after all", before.allowed, after.allowed),
    ):
        said += [f"“{value}” {word} from now on" for value in sorted(new_values - old_values)[:10]]
        said += [f"“{value}” {word} no more" for value in sorted(old_values - new_values)[:10]]
    return said


SHARED = {"nobody": "joins nobody", "first": "stays the first shopper’s"}


def _values(given: Iterable[str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value.strip().lower() for value in given if value.strip()))
    if len(values) > MOST_VALUES or any(len(value) > LONGEST or "\x00" in value for value in values):
        raise BadRules(f"List at most {MOST_VALUES} values of {LONGEST} characters, one a line.")
    return values


def names_of(scope: Scope, values: Iterable[str], kinds: Iterable[str]) -> list[str]:
    """Hexadecimal blind indexes that the values have on record, in the ways in which people and programs write them."""
    names = set()
    for value in values:
        for kind in kinds:
            for text in (value, value.upper(), value.title(), value.capitalize()):
                form = normal(kind, text)
                if form:
                    names.add(blind_index(scope.tenant_id, kind, form).hex())
    return sorted(names)
