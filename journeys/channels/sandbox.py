"""An inbox inside Attune: nothing leaves, staff read in the console what shoppers would get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Endpoint, Parcel, Receipt

kind = "sandbox"
label = "Sandbox inbox"
idempotent = True
channels = ("email", "sms", "push", "web", "webhook")
destination: tuple[str, ...] = ()
# Written with the result, in its transaction (delivery.results): so it is delivered exactly once.
in_database = True


def problems(config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
    return []


def send(parcel: Parcel, endpoint: Endpoint) -> Receipt:
    return Receipt("sandbox")
