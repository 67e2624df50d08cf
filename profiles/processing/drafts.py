"""A shopper's row while a batch changes it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, seal, unseal
from tenants.scope import Scope

from ..features import buckets, habits, told
from ..identity.traits import Traits, says_address

UTC = dt.UTC


@dataclass(slots=True)
class Draft:
    """`first_seen` and `last_seen` are None until an event or a stored row says."""

    id: int
    uuid: uuid.UUID
    unit: bytes = b""
    is_new: bool = False
    version: int = 0
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    words: Traits = field(default_factory=Traits)  # what this batch says; once sealed, all that was said
    traits_changed: bool = False
    addresses_changed: bool = False
    before: tuple[dt.datetime | None, dt.datetime | None] = (None, None)  # seen, before a rebuild
    unvouched: bool = False  # part of another profile by a browser's word alone
    traits_sealed: bytes = b""
    features: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, dict[str, float]] = field(default_factory=dict)
    computed: dict[str, dict[str, Any]] = field(default_factory=dict)
    absorbed: list[dict[str, dict[str, Any]]] = field(default_factory=list)  # `computed` of those merged in
    events: int = 0
    touched: bool = False  # changed, though perhaps by no event that counts
    unsettled: bool = False  # an order and what changes it have met: the profile is made anew
    imported: bool = False  # by history, which is only taken of shoppers who may be observed
    inherited: list[Draft] = field(default_factory=list)

    def say(self, origin: bytes, traits: dict[str, Any], at: int, key: bytes, source: str) -> None:
        """Somebody said these traits; `traits` has all of them once they are sealed."""
        if traits:
            self.words.say(origin, traits, at, key, source)
            self.traits_changed = True
            self.addresses_changed = self.addresses_changed or says_address(traits)

    @property
    def observed(self) -> bool:
        """Whether features may be derived of the shopper: an event counted, now or before."""
        before = (d.features for d in (self, *self.inherited))
        return bool(self.events or self.imported or any("demographics" in known for known in before))

    def known_without_events(self) -> None:
        """Something is known of the shopper although no event counts: answers made before are outdated."""
        self.version += 1
        if self.first_seen is None:
            self.seen(dt.datetime.now(UTC))

    def seen(self, at: dt.datetime) -> None:
        if self.first_seen is None or at < self.first_seen:
            self.first_seen = at
        if self.last_seen is None or at > self.last_seen:
            self.last_seen = at


def load(cursor: Cursor, scope: Scope, profile_ids: list[int]) -> dict[int, Draft]:
    """Lock the profiles, in the order of their ids, and read them. Missing ones are absent."""
    if not profile_ids:
        return {}
    rows = cursor.execute(
        f"""SELECT id, uuid, unit, version, first_seen_at, last_seen_at, traits_sealed, features::text, counters::text,
                   computed::text
            FROM "{scope.schema}".profiles_profile WHERE id = ANY(%b::bigint[]) ORDER BY id FOR UPDATE""",
        [profile_ids],
        binary=True,
        prepare=True,
    ).fetchall()
    return {
        row[0]: Draft(
            row[0],
            row[1],
            bytes(row[2]),
            version=row[3],
            first_seen=row[4],
            last_seen=row[5],
            traits_sealed=bytes(row[6]),
            features=orjson.loads(row[7]),
            counters=orjson.loads(row[8]),
            computed=orjson.loads(row[9]),
        )
        for row in rows
    }


def _open_traits(scope: Scope, drafts: list[Draft]) -> None:
    """Decrypt the stored traits of `drafts`, with what they inherit. A destroyed key leaves nothing to read."""
    sealed = [d for d in [*drafts, *(g for d in drafts for g in d.inherited)] if d.traits_sealed]
    keys = vault.existing_person_keys(scope.tenant_id, {d.uuid.bytes for d in sealed})
    for draft in sealed:
        key = keys.get(draft.uuid.bytes)
        if key is not None:
            try:
                draft.words.fold(Traits.read(unseal(key, draft.traits_sealed)))
            except Unreadable:
                continue
    for draft in drafts:
        for gone in draft.inherited:
            draft.words.fold(gone.words, trusted=not gone.unvouched)
        draft.traits = draft.words.view()


def seal_traits(scope: Scope, drafts: list[Draft]) -> None:
    """Merge and encrypt the changed traits with each profile's own key, making missing keys in one statement."""
    changed = [d for d in drafts if d.traits_changed]
    if not changed:
        return
    _open_traits(scope, changed)
    handles = {d.uuid.bytes for d in changed}
    keys = vault.existing_person_keys(scope.tenant_id, handles)
    if len(keys) < len(handles):
        keys.update(vault.person_keys(scope.tenant_id, handles - keys.keys()))
    for draft in changed:
        draft.traits_sealed = seal(keys[draft.uuid.bytes], draft.words.text())
        told.derive(draft.features, draft.traits, observed=draft.observed)


def fold(gone: Draft, kept: Draft, *, vouched: bool = True) -> None:
    """Add what `gone` has to `kept`; not `vouched`: a browser alone said that they are one."""
    if gone.first_seen and gone.last_seen:
        kept.seen(gone.first_seen)
        kept.seen(gone.last_seen)
    kept.version = max(kept.version, gone.version)
    kept.touched = True
    buckets.merge(kept.counters, gone.counters)
    kept.unsettled = kept.unsettled or bool(buckets.changed_orders(kept.counters))
    habits.merge(kept.features, gone.features)
    kept.absorbed += [gone.computed, *gone.absorbed]
    if gone.traits_sealed:
        gone.unvouched = not vouched
        kept.inherited.append(gone)
        kept.traits_changed = kept.addresses_changed = True


def write(cursor: Cursor, scope: Scope, drafts: list[Draft]) -> None:
    """Store the drafts of a batch in one statement."""
    if not drafts:
        return
    ordered = sorted(drafts, key=lambda d: d.id)
    cursor.execute(
        f"""UPDATE "{scope.schema}".profiles_profile p
            SET version = t.version, first_seen_at = t.first, last_seen_at = t.last, traits_sealed = t.traits,
                features = t.features::jsonb, counters = t.counters::jsonb, computed = t.computed::jsonb
            FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::bytea[], %b::text[],
                        %b::text[], %b::text[]) AS t(id, version, first, last, traits, features, counters, computed)
            WHERE p.id = t.id""",
        [
            [d.id for d in ordered],
            [d.version for d in ordered],
            [d.first_seen for d in ordered],
            [d.last_seen for d in ordered],
            [d.traits_sealed for d in ordered],
            [orjson.dumps(d.features).decode() for d in ordered],
            [orjson.dumps(d.counters).decode() for d in ordered],
            [orjson.dumps(d.computed).decode() for d in ordered],
        ],
        prepare=True,
    )
