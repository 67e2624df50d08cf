"""What a signal changes, decided in memory over the shopper's ways through the journeys.

A way is an enrolment as this room of the code sees it, stored or about to be. The rules:
* An event that happened before the shopper entered changes nothing for that way; one older than a day starts nothing.
* A goal counts once, within its hours, also after the way has ended. Exits and goals come before entries.
* Entry: never again; again once out (and cooled down); or always, which starts a running way over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..facts import folded
from ..graph import Compiled
from ..nodes.rules import matches
from ..running import Running, Version
from .signals import Signal

STALE = dt.timedelta(days=1)


@dataclass(slots=True)
class Way:
    """`id` is 0 until it is stored. `finished`: outcome of an end that is news; `ended_at` of any end."""

    id: int
    version: Version
    profile_id: int
    unit: bytes
    node: str
    entered_at: dt.datetime
    visit: int = 0
    waiting_since: dt.datetime | None = None
    woken: str = ""
    detail: str = ""
    ended_at: dt.datetime | None = None
    goal_until: dt.datetime | None = None
    goal_at: dt.datetime | None = None
    goal_value: float = 0.0
    finished: str = ""
    reason: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    changed: bool = False
    goal_is_news: bool = False

    @property
    def live(self) -> bool:
        return self.ended_at is None

    def end(self, outcome: str, reason: str, now: dt.datetime) -> None:
        self.finished, self.reason, self.ended_at, self.changed = outcome, reason, now, True


class Ways:
    """The ways of the shoppers of a batch, changed signal by signal."""

    def __init__(self, known: Running, stored: Iterable[Way], now: dt.datetime) -> None:
        self._known = known
        self.now = now
        self._of: dict[int, list[Way]] = {}
        for way in stored:
            self._of.setdefault(way.profile_id, []).append(way)

    def take(self, signal: Signal) -> None:
        for way in self._of.get(signal.profile_id, ()):
            self._affect(way, signal)
        for version, trigger in self._triggers(signal):
            self._enter(version, trigger, signal)

    def all(self) -> list[Way]:
        return [way for ways in self._of.values() for way in ways]

    def _triggers(self, signal: Signal) -> list[tuple[Version, Compiled]]:
        if not signal.starts or self.now - signal.at > STALE:
            return []
        if signal.kind != "event":
            return self._known.by_segment.get((signal.name, signal.kind), [])
        return [
            (version, trigger)
            for version, trigger in self._known.by_event.get(signal.folded, [])
            if matches(trigger.config.where, signal.properties)
        ]

    def _affect(self, way: Way, signal: Signal) -> None:
        settings = way.version.plan.settings
        if signal.at < way.entered_at.replace(microsecond=0):
            return
        if signal.kind != "event":
            if way.live and signal.kind == "left" and settings.exit_on.left_segment == signal.name:
                way.end("exited", signal.said, self.now)
            return
        goal = settings.goal
        if (
            goal is not None
            and way.goal_at is None
            and way.goal_until is not None
            and signal.at <= way.goal_until
            and folded(goal.event) == signal.folded
        ):
            way.goal_at, way.goal_is_news, way.changed = signal.at, True, True
            way.goal_value = value_of(signal.properties)
            if way.live and goal.exit:
                way.end("goal", signal.said, self.now)
        if way.live and signal.folded in {folded(name) for name in settings.exit_on.events}:
            way.end("exited", signal.said, self.now)
        if way.live and way.waiting_since is not None and not way.woken:
            self._wake(way, signal)

    def _wake(self, way: Way, signal: Signal) -> None:
        node = way.version.plan.nodes.get(way.node)
        if node is None or node.node.type != "wait_until" or folded(node.config.event) != signal.folded:
            return
        if matches(node.config.where, signal.properties):
            way.woken, way.detail, way.changed = "event", signal.name[:200], True

    def _enter(self, version: Version, trigger: Compiled, signal: Signal) -> None:
        ways = self._of.setdefault(signal.profile_id, [])
        mine = [way for way in ways if way.version.journey_id == version.journey_id]
        entry = version.plan.settings.entry
        if entry.again == "never" and mine:
            return
        live = next((way for way in mine if way.live), None)
        if live is not None:
            if entry.again != "always" or live.finished:
                return
            if live.id:
                live.end("restarted", f"{signal.said} again", self.now)
            else:
                ways.remove(live)  # begun by this very batch: the last event is the one that counts
        cooled = self.now - dt.timedelta(hours=entry.cooldown_hours)
        if entry.cooldown_hours and any(
            way.ended_at and way.ended_at > cooled for way in mine if way is not live
        ):
            return
        goal = version.plan.settings.goal
        until = signal.at + dt.timedelta(hours=goal.within_hours) if goal else None
        ways.append(
            Way(
                0,
                version,
                signal.profile_id,
                signal.unit,
                trigger.key,
                min(signal.at, self.now),
                goal_until=until,
                context={"name": signal.name, "properties": signal.properties, "at": signal.at.isoformat()}
                if signal.kind == "event"
                else {},
                changed=True,
            )
        )


def value_of(properties: dict[str, Any]) -> float:
    """What the event says it was worth: revenue, value or total."""
    for name in ("revenue", "value", "total"):
        value = properties.get(name)
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            return float(value)
    return 0.0
