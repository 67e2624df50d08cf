"""What a destination's settings may be: place, region, secret, personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..models import Tenant
from ..scope import Scope
from ..workspace.models import Destination
from . import regions
from .base import Connector, Trouble
from .links import secret_of
from .registry import connectors


class BadDestination(ValueError):
    """The settings can't work; `problems`: (field, sentence)."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form says of a destination. `secret` None or without a field: what is kept stays."""

    vendor: str
    name: str
    config: Mapping[str, Any]
    secret: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ()
    personal: bool = False


def checked(scope: Scope, draft: Draft, known: Destination | None) -> tuple[Connector, dict[str, str]]:
    """The kind and the whole secret, kept parts included. Raises `BadDestination` with everything that is wrong."""
    connector = connectors().get(draft.vendor)
    if connector is None:
        raise BadDestination([("vendor", "There is no such kind of destination.")])
    found: list[tuple[str, str]] = []
    name = draft.name.strip()
    if not name or len(name) > 80:
        found.append(("name", "Give it a name of at most 80 characters."))
    elif Destination.objects.filter(name=name).exclude(pk=known.pk if known else 0).exists():
        found.append(("name", f"There is a destination “{name}” already."))
    streams = {stream.name: stream for stream in connector.streams()}
    if not draft.streams or not set(draft.streams) <= streams.keys():
        found.append(("streams", "Choose what it gets."))
    elif not draft.personal and any(streams[s].personal for s in draft.streams):
        named = ", ".join(streams[s].label for s in draft.streams if streams[s].personal)
        found.append(("streams", f"“{named}” is personal data: allow it first, or leave it out."))
    secret = {**(_known_secret(scope, known) if known else {}), **draft.secret}
    moved = known is not None and any(
        known.config.get(setting) != draft.config.get(setting) for setting in connector.bound_to
    )
    needed = {one.name for one in connector.fields if one.secret and one.required}
    if moved and not needed <= set(draft.secret):
        found.append(("secret", "It leads somewhere else now: type its secret again."))
    found += connector.problems(draft.config, secret)
    found += _misplaced(connector, draft, known)
    if refused := regions.refusal(Tenant.objects.get(pk=scope.tenant_id), connector, dict(draft.config)):
        found.append(("region", refused))
    if found:
        raise BadDestination(found)
    return connector, secret


def _misplaced(connector: Connector, draft: Draft, known: Destination | None) -> list[tuple[str, str]]:
    """Two destinations in one place would overwrite each other; one that moved would leave files that no erasure finds."""
    if not connector.place_of:
        return []

    def place(config: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(config.get(name) or "") for name in connector.place_of)

    if known is not None and place(known.config) != place(draft.config):
        return [
            (
                connector.place_of[-1],
                "Where it leads stays as it is, or its files could not be found again: add another destination there, "
                "then remove this one.",
            )
        ]
    others = Destination.objects.filter(vendor=draft.vendor).exclude(pk=known.pk if known else 0)
    for other in others:
        if place(other.config) == place(draft.config):
            return [(connector.place_of[-1], f"“{other.name}” leads there already.")]
    return []


def _known_secret(scope: Scope, known: Destination) -> dict[str, str]:
    try:
        return secret_of(scope.tenant_id, known)
    except Trouble:
        return {}
