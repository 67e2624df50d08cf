"""What every channel has: one call that hands a message over, and three ways in which that can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Trouble(Exception):
    """Why a message could not be handed over, in words without addresses."""


class Temporary(Trouble):
    """Trying again later may help. `retry_after`: seconds that the provider asked for.

    `begun`: the other side may have seen the message, so it is repeated as it was. Only a channel that honours
    idempotency keys says so; for others that is `Uncertain`.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, begun: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.begun = begun


class Permanent(Trouble):
    """It was refused, and will be again. `bounced`: because the address does not exist."""

    def __init__(self, reason: str, *, bounced: bool = False) -> None:
        super().__init__(reason)
        self.bounced = bounced


class Uncertain(Trouble):
    """Nobody knows whether it was taken: the connection ended at the wrong moment."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A rendered message. `key` is its idempotency key; `to` is "" where the channel needs no address."""

    key: str
    channel: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    shopper: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`reference`: the provider's own name of the message."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a tenant's messages of one channel leave, with its secret opened. `name` tells endpoints apart."""

    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """One kind of endpoint. `idempotent`: sending the same key twice delivers once.

    `destination`: the settings that say who gets the secret; a kept secret goes nowhere else.
    """

    kind: str
    label: str
    idempotent: bool
    channels: tuple[str, ...]
    destination: tuple[str, ...]

    def problems(self, config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
        """(field, sentence) for what is wrong with the settings."""

    def send(self, parcel: Parcel, endpoint: Endpoint) -> Receipt:
        """Hand the message over; raises `Temporary`, `Permanent` or `Uncertain`. Never asks the database.

        It ends within `deadline.CALL_SECONDS`, however slowly the other side answers.
        """
