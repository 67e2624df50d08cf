"""Where personal data is: every app says so in its `personal_data.py`, found like `admin.py`.

A store knows how to show, erase and look for what it holds of one person. An erasure and an access request run over
all of them; a test fails when a field of a model belongs to no store and nobody said why it names nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.module_loading import autodiscover_modules

from tenants.scope import Scope

LAST = 90  # keys go after everything that they open


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a request is about. `profile_ids` and `uuids` include those of profiles merged into the person's.

    `units` are the person's in experiments, `blinds` the blind indexes of every identifier (16 bytes each).
    `identifiers`: (kind, value) in plain text, for as long as the request runs and no longer. `shoppers`: how many
    profiles there are that were never merged; more than one when what was asked names different shoppers.
    """

    scope: Scope
    profile_ids: tuple[int, ...] = ()
    uuids: tuple[UUID, ...] = ()
    units: tuple[bytes, ...] = ()
    blinds: tuple[bytes, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    shoppers: int = 0

    @property
    def known(self) -> bool:
        """Whether anything at all is held of the person; identifiers alone are only what was asked for."""
        return bool(self.profile_ids or self.uuids)


@dataclass(frozen=True, slots=True)
class OnFile:
    """An address of a person. `trusted`: not only a browser said it. `others`: profiles of other shoppers with it."""

    kind: str
    value: str
    trusted: bool
    said_by: str
    since: dt.datetime
    others: tuple[int, ...] = ()

    @property
    def masked(self) -> str:
        """Enough to recognise it by: a…@shop.example, …958."""
        return masked(self.value)


def masked(address: str) -> str:
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{address[-3:]}"


@dataclass(frozen=True, slots=True)
class Store:
    """One place with personal data, `name` as the receipt prints it.

    `covers`: fields as "app.Model.field" or "app.Model.*", and stores outside the database as "valkey:…" or "files:…".
    `export` yields plain dictionaries. `erase` returns how many rows, keys or files it removed or scrubbed now; it
    opens its own transactions and may run any number of times. `verify` counts what is still there: 0 is proof.
    """

    name: str
    covers: tuple[str, ...]
    export: Callable[[Person], Iterator[dict[str, Any]]]
    erase: Callable[[Person], int]
    verify: Callable[[Person], int]
    order: int = 50
    note: Callable[[Person], str] | None = None  # a sentence for the receipt: what was kept, and why


_stores: dict[str, Store] = {}
_impersonal: dict[str, str] = {}


def register(store: Store) -> Store:
    """Add a store; its name must be its own."""
    if store.name in _stores and _stores[store.name] != store:
        raise ValueError(f"There is a store “{store.name}” already.")
    _stores[store.name] = store
    return store


def impersonal(*patterns: str, reason: str) -> None:
    """Say of fields ("app.Model.*") that they hold nothing of a person, and why."""
    if not reason:
        raise ValueError("Say why these fields hold nothing of a person.")
    _impersonal.update(dict.fromkeys(patterns, reason))


def stores() -> list[Store]:
    """All stores in the order in which an erasure runs them."""
    return sorted(_stores.values(), key=lambda store: (store.order, store.name))


def declared_impersonal() -> dict[str, str]:
    """Pattern → reason."""
    return dict(_impersonal)


def nothing(person: Person) -> Iterator[dict[str, Any]]:
    """The exporter of a store whose content another store shows already, or that only repeats it."""
    return iter(())


def autodiscover() -> None:
    autodiscover_modules("personal_data")
