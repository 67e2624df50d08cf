"""Whose an act of a visitor is when browsers said who the visitor is. No database here.

A browser's word attaches nothing; it gives the shopper what the visitor did until then. Between two words the next one
counts, so the answer depends on when things happened and not on when they were heard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Claimed:
    """At this time (unix microseconds) a browser called the visitor this shopper."""

    at: int
    key: bytes
    shopper: bytes


def claimant(claims: Iterable[Claimed], at: int) -> bytes | None:
    """The shopper whose an act at `at` is; None: still the visitor's own."""
    ahead = [claim for claim in claims if claim.at >= at]
    return min(ahead).shopper if ahead else None


def only_claimant(claims: Iterable[Claimed], first: int, last: int) -> bytes | None:
    """The one shopper whose everything between two times is; None when it is not one's alone."""
    ahead = sorted(claim for claim in claims if claim.at >= first)
    until = next((number for number, claim in enumerate(ahead) if claim.at >= last), None)
    if until is None:
        return None
    shoppers = {claim.shopper for claim in ahead[: until + 1]}
    return shoppers.pop() if len(shoppers) == 1 else None
