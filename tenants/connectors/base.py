"""The base class of connectors that take data out, and the one error that they raise."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import Cursor

from ..scope import Scope
from ..workspace.models import Delivery, Destination


class Trouble(Exception):
    """A call to a vendor did not succeed; the message is a sentence for the console, without personal data.

    `permanent`: this delivery will never be taken. `settings`: nothing will be until somebody changes something there or
    here (a revoked key, a missing bucket). Neither: it may pass. `retry_after`: seconds that the vendor asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        settings: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent, self.settings, self.retry_after = permanent, settings, retry_after


@dataclass(frozen=True, slots=True)
class Field:
    """A setting as a form asks for it. `secret`: sealed and never shown again."""

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    default: str = ""
    secret: bool = False
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """Something that a destination can be given. `personal`: only where the merchant chose personal data."""

    name: str
    label: str
    about: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A destination with its secret opened, in its tenant. `id` 0: not saved yet, for a try."""

    scope: Scope
    id: int
    config: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    streams: tuple[str, ...] = ()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What a delivery came to."""

    rows: int = 0
    bytes: int = 0
    left_out: int = 0


class Connector(ABC):
    """One vendor. Instances have no state; everything comes with the `Link`.

    `bound_to`: settings that say who gets the secret; a kept secret goes nowhere else. `place_of`: settings that say where
    the data lies: they stay as they are, and no other destination has the same. `serial`: one worker at a time.
    `pause_seconds`: between two calls, the vendor's rate limit. `others`: deliveries that are of no stream, by name with
    a label.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    icon: ClassVar[str] = "output"
    fields: ClassVar[tuple[Field, ...]] = ()
    bound_to: ClassVar[tuple[str, ...]] = ()
    place_of: ClassVar[tuple[str, ...]] = ()
    serial: ClassVar[bool] = False
    pause_seconds: ClassVar[float] = 0.0
    lease_seconds: ClassVar[float] = 60.0
    others: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def streams(self) -> tuple[Stream, ...]:
        """What it can be given."""

    def problems(self, config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
        """(field, sentence) of what is wrong with the settings, without calling anybody."""
        said = {**config, **secret}
        return [
            (one.name, f"{one.label} is missing.")
            for one in self.fields
            if one.required and not str(said.get(one.name) or "").strip()
        ]

    @abstractmethod
    def region(self, config: Mapping[str, Any]) -> str:
        """Where the data would be: a tenant's region ("eu", "us"), "" when it stays on this deployment's machines."""

    def place(self, config: Mapping[str, Any]) -> str:
        """Where it leads, for people: an address or an account, never a secret."""
        return ""

    def holds(self, destination_id: int) -> dict[str, int]:
        """Stream → rows that lie there now, where we know; in the tenant's schema."""
        return {}

    @abstractmethod
    def try_out(self, link: Link) -> str:
        """Do once what deliveries will do, and undo it; a sentence on what was found. Raises `Trouble`."""

    @abstractmethod
    def plan(self, cursor: Cursor, link: Link, now: dt.datetime) -> dt.datetime:
        """Seal what waits into deliveries, in the caller's transaction; when to look again."""

    @abstractmethod
    def deliver(self, link: Link, delivery: Delivery) -> Sent:
        """Hand the delivery over. The same delivery twice must count once. Raises `Trouble`. Outside of transactions."""

    def tidy(self, link: Link, destination: Destination, now: dt.datetime) -> None:  # noqa: B027  # most need none
        """Daily housekeeping. Raises `Trouble`."""

    def remove(self, link: Link) -> None:  # noqa: B027  # what a vendor took is its own
        """Delete what was sent, as far as it is ours, because the merchant asked for it. Raises `Trouble`."""
