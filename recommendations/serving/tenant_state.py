"""What a web process keeps of a tenant between requests: model, catalogue, rules, placements.

Nothing here is read per request. Valkey's epoch (one number, read in the request's own round trip) says when
something changed; rules and changed items are then taken over before the answer is made, a new model is loaded in the
background while the old one goes on answering. Tenants that nobody asks for are forgotten, the longest unused first,
when the memory budget is full.
"""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import structlog
from django.conf import settings
from django.db import DatabaseError

from experiments.running import compile_running
from tenants import epochs
from tenants.db import tenant_connection

from .background import later
from .catalogue_view import apply_changes
from .loading import load_snapshot, models_of, nbytes_of, placements, servable
from .snapshot import Snapshot
from .trending import trending_rows

log = structlog.get_logger("attune.serving")

# Also found without Valkey: the database's counters are compared this often while it is away.
RECHECK_SECONDS = 1.0
TRENDING_SECONDS = 60.0


@dataclass(slots=True)
class TenantState:
    current: Snapshot
    counters: dict[str, int]
    checked_at: float
    popular_at: float
    nbytes: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def schema(self) -> str:
        return self.current.schema


_states: OrderedDict[str, TenantState] = OrderedDict()
_lock = threading.Lock()
_turns: dict[str, threading.Lock] = {}


def snapshot_of(schema: str, epoch: str | None) -> Snapshot:
    """The tenant as it is at `epoch` (None: Valkey is away, ask the database once a second)."""
    with _lock:
        state = _states.get(schema)
        if state is not None:
            _states.move_to_end(schema)
        turn = _turns.setdefault(schema, threading.Lock())
    if state is None:
        with turn:
            with _lock:
                state = _states.get(schema)
            if state is None:
                state = _load(schema, epoch)
                with _lock:
                    _states[schema] = state
                    _shrink()
    elif epoch is None:
        if time.monotonic() - state.checked_at > RECHECK_SECONDS:
            _refresh(state, state.current.epoch)
    elif epoch != state.current.epoch:
        _refresh(state, epoch)
    if time.monotonic() - state.popular_at > TRENDING_SECONDS:
        # Not again before this one had its time, whether it succeeds or not.
        state.popular_at = time.monotonic()
        later(schema, "trending", lambda: _refresh_trending(state))
    return state.current


def forget_states() -> None:
    with _lock:
        _states.clear()


def _shrink() -> None:
    total = sum(state.nbytes for state in _states.values())
    while total > settings.SERVING_MEMORY_BYTES and len(_states) > 1:
        _, oldest = _states.popitem(last=False)
        total -= oldest.nbytes


def _load(schema: str, epoch: str | None) -> TenantState:
    started = time.perf_counter()
    with tenant_connection(schema):
        counters = epochs.current(schema)
        snapshot = load_snapshot(schema, epoch or "")
    taken = round((time.perf_counter() - started) * 1000)
    log.info("tenant loaded", tenant=schema, ms=taken, model=snapshot.model_version)
    # Tenants that were loaded together are not refreshed together.
    popular_at = time.monotonic() - random.uniform(0, TRENDING_SECONDS / 2)
    return TenantState(snapshot, counters, time.monotonic(), popular_at, nbytes_of(snapshot))


def _refresh(state: TenantState, epoch: str) -> None:
    """Take over what changed. The label `epoch` comes with it, so that a failure is tried again by the next request."""
    with state.lock:
        if state.current.epoch == epoch and time.monotonic() - state.checked_at <= RECHECK_SECONDS:
            return
        state.checked_at = time.monotonic()
        try:
            with tenant_connection(state.schema):
                counters = epochs.current(state.schema)
                changed = {name for name, value in counters.items() if value != state.counters.get(name)}
                fresh, complete = _taken_over(state.current, changed, epoch)
        except DatabaseError:
            log.warning("state not refreshed; the database is away", tenant=state.schema)
            return
        state.counters, state.current = counters, fresh
    if "model" in changed or not complete:
        later(state.schema, "model", lambda: _reload(state), urgent=True)


def _taken_over(current: Snapshot, changed: set[str], epoch: str) -> tuple[Snapshot, bool]:
    """The snapshot with what changed, and whether that was possible without loading it anew."""
    every = (current, *current.others.values())
    # A list: every view takes over what changed, also after one that can't.
    complete = "catalogue" not in changed or all([apply_changes(s.view, s.schema) for s in every])
    there = placements() if "rules" in changed else current.placements
    running, others = current.running, dict(current.others)
    if "experiments" in changed:
        wanted = compile_running(current.schema)
        named = models_of(wanted) - {current.model_version}
        others = {version: other for version, other in others.items() if version in named}
        running = servable(wanted, {current.model_version, *others})
        complete = complete and named <= others.keys()

    def renewed(one: Snapshot) -> Snapshot:
        return replace(one, epoch=epoch, placements=there, compiled={} if changed else one.compiled)

    others = {version: renewed(other) for version, other in others.items()}
    return replace(renewed(current), running=running, others=others), complete


def _reload(state: TenantState) -> None:
    """Model and catalogue anew, beside the old ones, which answer meanwhile."""
    fresh = _load(state.schema, state.current.epoch)
    with state.lock:
        state.current, state.counters, state.popular_at = fresh.current, fresh.counters, fresh.popular_at
        state.nbytes = fresh.nbytes
    # Answers made with the old model must not be found any more.
    epochs.publish(state.schema)


def _refresh_trending(state: TenantState) -> None:
    before = state.current
    with tenant_connection(state.schema):
        popular = trending_rows(state.schema, before.view)
        theirs = {
            version: trending_rows(state.schema, other.view) for version, other in before.others.items()
        }
    with state.lock:
        others = {
            version: replace(other, popular=theirs.get(version, other.popular))
            for version, other in state.current.others.items()
        }
        state.current = replace(state.current, popular=popular, others=others)
