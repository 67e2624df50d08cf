"""The simulation itself: a queue of moments, at each of which something happens to the shopper."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from tenants.scope import Scope

from ..engine.advance import Progress, advance
from ..graph import compile_graph
from ..intake.signals import Signal
from ..intake.ways import Way, Ways
from ..models import Journey
from ..nodes.base import Enrolled
from ..running import Running, Version, add
from .post import PostOffice
from .replay import about_goods, own_events
from .story import Happening, Simulation, Told, tone_of
from .world import OneShopper

MOST_STEPS = 300
LONGEST_DAYS = 400


def simulate(
    scope: Scope,
    graph: Any,
    *,
    profile_id: int | None,
    events: Sequence[Happening] | None,
    start: dt.datetime,
    days: int = 14,
    segment_changes: Sequence[tuple[dt.datetime, str, str]] = (),
    personal: bool = True,
) -> Simulation:
    """Walk one shopper through `graph` as it is, published or not, for `days` from `start` (aware).

    `profile_id` None: an invented shopper. `events` None: the shopper's own. `segment_changes`: (when, "entered" or
    "left", key of the segment). `personal`: whether who asks may know who the shopper is; if not, traits and what
    events said beyond goods and amounts are left out. Raises `graph.BadGraph` for what is no graph at all; a way that leads nowhere is told as
    a step that failed.
    """
    plan = compile_graph(graph)
    days = min(max(days, 1), LONGEST_DAYS)
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            if events is None:
                happenings = own_events(cursor, scope, profile_id, start, days) if profile_id else []
                if not personal:
                    happenings = [about_goods(happening) for happening in happenings]
                start = happenings[0].at if happenings else start
            else:
                happenings = list(events)
            world = OneShopper(cursor, scope, profile_id, start, personal=personal)
            run = _Run(cursor, scope, plan, world, start, start + dt.timedelta(days=days))
            for happening in happenings:
                run.plan_event(happening)
            for at, kind, key in segment_changes:
                run.plan_change(at, kind, key)
            return run.go()


class _Run:
    def __init__(
        self,
        cursor: Cursor,
        scope: Scope,
        plan: Any,
        world: OneShopper,
        start: dt.datetime,
        end: dt.datetime,
    ) -> None:
        self._plan, self._until = plan, end
        self._known = Running(0)
        self._version = Version(0, 0, Journey.Status.LIVE, True, plan)
        add(self._known, self._version)
        self._world = world
        self._ways = Ways(self._known, [], start)
        self._post = PostOffice(cursor, scope, self._world)
        self._story = Simulation()
        self._queue: list[tuple[dt.datetime, int, str, Any]] = []
        self._order = itertools.count()
        self._who: dict[int, Enrolled] = {}
        self._told: set[int] = set()
        self._numbers = itertools.count(1)

    def plan_event(self, happening: Happening) -> None:
        self._later(happening.at, "event", happening)

    def plan_change(self, at: dt.datetime, kind: str, key: str) -> None:
        self._later(at, kind, key)

    def go(self) -> Simulation:
        while self._queue and len(self._story.steps) < MOST_STEPS:
            at, _, kind, what = heapq.heappop(self._queue)
            if at > self._until:
                break
            self._world.now = self._ways.now = at
            if kind == "walk":
                self._walk(what, at)
            elif kind == "message":
                self._send(what, at)
            else:
                self._happen(kind, what, at)
        self._story.outcome = self._outcome()
        return self._story

    def _later(self, at: dt.datetime, kind: str, what: Any) -> None:
        heapq.heappush(self._queue, (at, next(self._order), kind, what))

    def _happen(self, kind: str, what: Any, at: dt.datetime) -> None:
        name = what.name if kind == "event" else what
        properties = what.properties if kind == "event" else {}
        if kind == "event":
            self._world.basket.happened(name, properties)
        before = len(self._ways.all())
        goals = sum(way.goal_is_news for way in self._ways.all())
        signal = Signal(self._world.profile_id, self._world.person.unit, kind, name, at, properties)
        self._ways.take(signal)
        ways = self._ways.all()
        mattered = len(ways) > before or any(way.changed for way in ways)
        self._tell(at, None, name, "happened" if kind == "event" else f"{kind} the segment", "")
        if sum(way.goal_is_news for way in ways) > goals:
            self._tell(at, None, "Goal", "reached", signal.said)
        if mattered:
            for way in ways:
                self._follow(way, at)

    def _follow(self, way: Way, at: dt.datetime) -> None:
        """Let what a signal changed about a way take effect."""
        if not way.id:
            way.id = next(self._numbers)
            self._story.entered = True
            self._world.context = way.context
            self._who[way.id] = Enrolled(
                way.id, 0, 0, way.profile_id, way.unit, way.node, 0, way.entered_at, resume_at=at
            )
            self._walk(way, at)
        elif way.finished and way.id not in self._told:
            self._end(way, at)
        elif way.woken and self._who[way.id].woken != way.woken:
            self._who[way.id].woken, self._who[way.id].detail = way.woken, way.detail
            self._walk(way, at)
        way.changed = False

    def _walk(self, way: Way, at: dt.datetime) -> None:
        who = self._who[way.id]
        if way.finished or (who.resume_at is not None and who.resume_at > at and not who.woken):
            return
        progress = advance(self._plan, who, self._world, at)
        for step in progress.steps:
            self._tell(step.at, step.node, self._label(step.node), step.outcome, step.reason)
        way.node, way.visit, way.waiting_since, way.woken = who.node, who.visit, who.waiting_since, ""
        self._stop(way, progress, at)

    def _stop(self, way: Way, progress: Progress, at: dt.datetime) -> None:
        who = progress.who
        if progress.finished:
            way.end(*progress.finished, at)
            self._told.add(way.id)
        elif progress.deliver is not None:
            self._later(at, "message", (way, progress.deliver.template, who.visit, at))
        elif who.resume_at is not None:
            self._tell(at, who.node, self._label(who.node), "waits", progress.wait_reason)
            self._later(who.resume_at, "walk", way)
        way.changed = False

    def _send(self, what: tuple[Way, str, int, dt.datetime], at: dt.datetime) -> None:
        way, template, visit, since = what
        who = self._who[way.id]
        if way.finished or who.visit != visit:
            return
        verdict, letter = self._post.handle(template, since, at)
        if verdict.decision == "delay" and verdict.until is not None:
            self._tell(at, who.node, self._label(who.node), "delayed", verdict.reason)
            self._later(verdict.until, "message", (way, template, visit, since))
            return
        number = None
        if letter is not None:
            number = len(self._story.messages)
            self._story.messages.append(letter)
        fate = {"send": "sent", "skip": "skipped", "fail": "failed"}[verdict.decision]
        who.woken, who.detail = "message", f"{fate}|{verdict.reason}"
        before = len(self._story.steps)
        self._walk(way, at)
        if number is not None and len(self._story.steps) > before:
            step = self._story.steps[before]
            self._story.steps[before] = Told(
                step.at, step.node, step.label, step.outcome, step.reason, step.tone, number
            )

    def _end(self, way: Way, at: dt.datetime) -> None:
        self._told.add(way.id)
        self._tell(at, way.node, self._label(way.node), way.finished, way.reason)

    def _tell(self, at: dt.datetime, node: str | None, label: str, outcome: str, reason: str) -> None:
        self._story.steps.append(Told(at, node, label, outcome, reason, tone_of(outcome)))

    def _label(self, node: str) -> str:
        compiled = self._plan.nodes.get(node)
        return compiled.node.label if compiled else node

    def _outcome(self) -> str:
        ways = [way for way in self._ways.all() if way.id]
        if not ways:
            return "The shopper never entered: nothing that happened starts this journey."
        last = ways[-1]
        if len(self._story.steps) >= MOST_STEPS:
            return f"Stopped after {MOST_STEPS} lines; the shopper is still under way."
        if last.finished:
            return f"{last.finished.capitalize()}: {last.reason}."
        who = self._who[last.id]
        until = f" until {who.resume_at:%Y-%m-%d %H:%M} UTC" if who.resume_at else ""
        return f"Still at “{self._label(who.node)}”{until} when the simulated time was over."
