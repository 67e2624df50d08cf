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

import numpy as np
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from numpy.typing import NDArray

from tenants import epochs
from tenants.db import tenant_connection

from ..learning.artefact import Artefact, BadArtefact, load
from ..models import ModelVersion, Placement, Rule
from ..rules.compile import CompiledRules, compile_rules
from .background import later
from .catalogue_view import CatalogueView, apply_changes, load_view
from .placements import PlacementConfig
from .trending import trending_rows

log = structlog.get_logger("attune.serving")

# Also found without Valkey: the database's counters are compared this often while it is away.
RECHECK_SECONDS = 1.0
TRENDING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one request works with: replaced as a whole, so that a model never meets another one's catalogue rows."""

    schema: str
    epoch: str
    model_version: str
    artefact: Artefact | None
    view: CatalogueView
    placements: dict[str, PlacementConfig]
    compiled: dict[str, CompiledRules]
    popular: NDArray[np.int64]

    def rules_for(self, placement: str) -> CompiledRules:
        """The rules of a placement over this snapshot's rows; compiled on first use and when a period begins or ends."""
        compiled = self.compiled.get(placement)
        now = timezone.now()
        if compiled is None or (compiled.valid_until is not None and compiled.valid_until <= now):
            with tenant_connection(self.schema):
                rules = list(Rule.objects.filter(enabled=True).select_related("placement"))
            compiled = compile_rules(rules, self.view, placement, now)
            self.compiled[placement] = compiled
        return compiled


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
        version, artefact = _production_artefact(schema)
        view = load_view(schema, artefact.item_pk if artefact else None)
        snapshot = Snapshot(
            schema=schema,
            epoch=epoch or "",
            model_version=version,
            artefact=artefact,
            view=view,
            placements=_placements(),
            compiled={},
            popular=trending_rows(schema, view),
        )
    log.info("tenant loaded", tenant=schema, ms=round((time.perf_counter() - started) * 1000), model=version)
    # Tenants that were loaded together are not refreshed together.
    popular_at = time.monotonic() - random.uniform(0, TRENDING_SECONDS / 2)
    # What goes with it besides: rules, placements, the objects themselves.
    nbytes = view.nbytes + (artefact.nbytes if artefact else 0) + 100_000
    return TenantState(snapshot, counters, time.monotonic(), popular_at, nbytes)


def _production_artefact(schema: str) -> tuple[str, Artefact | None]:
    """The model in production; the versions before it when its artefact is damaged; none when there is none."""
    versions = ModelVersion.objects.filter(promoted_at__isnull=False).order_by("-promoted_at")[:6]
    for version in sorted(versions, key=lambda v: v.stage != ModelVersion.Stage.PRODUCTION):
        try:
            return version.version, load(settings.ARTEFACT_ROOT / version.path)
        except (BadArtefact, OSError):
            log.exception("model artefact unusable", tenant=schema, version=version.version)
    return "", None


def _placements() -> dict[str, PlacementConfig]:
    return {
        p.key: PlacementConfig(p.key, p.strategy, p.size, p.max_per_category)
        for p in Placement.objects.filter(enabled=True)
    }


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
                complete = "catalogue" not in changed or apply_changes(state.current.view, state.schema)
                placements = _placements() if "rules" in changed else state.current.placements
        except DatabaseError:
            log.warning("state not refreshed; the database is away", tenant=state.schema)
            return
        state.counters = counters
        state.current = replace(
            state.current,
            epoch=epoch,
            placements=placements,
            compiled={} if changed else state.current.compiled,
        )
    if "model" in changed or not complete:
        later(state.schema, "model", lambda: _reload(state), urgent=True)


def _reload(state: TenantState) -> None:
    """Model and catalogue anew, beside the old ones, which answer meanwhile."""
    fresh = _load(state.schema, state.current.epoch)
    with state.lock:
        state.current, state.counters, state.popular_at = fresh.current, fresh.counters, fresh.popular_at
        state.nbytes = fresh.nbytes
    # Answers made with the old model must not be found any more.
    epochs.publish(state.schema)


def _refresh_trending(state: TenantState) -> None:
    with tenant_connection(state.schema):
        popular = trending_rows(state.schema, state.current.view)
    with state.lock:
        state.current = replace(state.current, popular=popular)
