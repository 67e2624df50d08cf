"""Who gets which variant: deterministic salted hashing, the same in any language (vectors in docs/experiments.md).

A unit's bucket under a salt is

    SHA-256(salt as UTF-8, one zero byte, the unit's 16 bytes), its first 6 bytes as a big-endian number, modulo 10,000.

48 bits fit the exact integers of every language, JavaScript's included; the modulo favours no bucket by more than
4e-11. Independent salts give independent buckets, so which of two shoppers takes part says nothing about which variant
they would see, and one experiment's variants are spread evenly over another's (Kohavi, Tang, Xu: Trustworthy Online
Controlled Experiments, 2020, ch. 14).
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from hashlib import sha256

BUCKETS = 10_000

# Buckets [first, after the last) each; in order, none overlapping another.
Ranges = Sequence[tuple[int, int]]


def bucket(salt: str, unit: bytes) -> int:
    """The bucket of a unit under a salt, 0 to 9,999."""
    return int.from_bytes(sha256(salt.encode() + b"\x00" + unit).digest()[:6], "big") % BUCKETS


def within(number: int, ranges: Ranges) -> bool:
    return any(first <= number < end for first, end in ranges)


def shares(weights: Sequence[float]) -> tuple[int, ...]:
    """Where each variant's share of the bucket line ends, from weights in per cent.

    Raises ValueError when they do not sum to 100 within a hundredth.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight is below zero.")
    total = sum(weights)
    if abs(total - 100) > 0.005:
        raise ValueError(f"The weights sum to {total:.12g} %, not to 100 %.")
    ends, upto = [], 0.0
    for weight in weights:
        upto += weight
        ends.append(round(upto * BUCKETS / 100))
    return tuple(ends)


def choose(number: int, ends: Sequence[int]) -> int:
    """The position of the variant whose share holds a bucket; a share of nothing holds none."""
    return bisect.bisect_right(ends, number)


def free(taken: Sequence[Ranges]) -> list[tuple[int, int]]:
    """What of the bucket line nobody has, in order."""
    gaps, at = [], 0
    for first, end in sorted(piece for ranges in taken for piece in ranges):
        if first > at:
            gaps.append((at, first))
        at = max(at, end)
    if at < BUCKETS:
        gaps.append((at, BUCKETS))
    return gaps


def resized(own: Ranges, wanted: int, others: Sequence[Ranges]) -> list[tuple[int, int]]:
    """`own` grown or shrunk to `wanted` buckets: what it has it keeps, so that a ramp-up never moves anybody.

    Growing takes what is free next to it first, so that ranges stay few; shrinking gives back what came last. Raises
    ValueError when the others leave too little.
    """
    kept: list[tuple[int, int]] = []
    left = wanted
    for first, end in own:
        if left <= 0:
            break
        kept.append((first, min(end, first + left)))
        left -= end - first
    if left <= 0:
        return kept
    gaps = free([kept, *others])
    room = sum(end - first for first, end in gaps)
    if left > room:
        raise ValueError(f"Only {room / 100:g} % of the layer is free.")
    beside = kept[-1][1] if kept else 0
    for first, end in sorted(gaps, key=lambda gap: gap[0] != beside):
        if left <= 0:
            break
        take = min(end - first, left)
        if kept and kept[-1][1] == first:
            kept[-1] = (kept[-1][0], first + take)
        else:
            kept.append((first, first + take))
        left -= take
    return kept
