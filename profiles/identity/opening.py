"""Sealed traits of drafts, readable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..processing.drafts import Draft
from .traits import Traits


def open_words(scope: Scope, drafts: Iterable[Draft]) -> Iterator[tuple[Draft, Traits]]:
    """Each draft with every word that is kept of it; a destroyed key leaves nothing to read."""
    sealed = [draft for draft in drafts if draft.traits_sealed]
    keys = vault.existing_person_keys(scope.tenant_id, {draft.uuid.bytes for draft in sealed})
    for draft in sealed:
        key = keys.get(draft.uuid.bytes)
        if key is None:
            continue
        try:
            yield draft, Traits.read(unseal(key, draft.traits_sealed))
        except Unreadable:
            continue
