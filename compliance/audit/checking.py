"""Compare the audit trail with its seals, and say of each record what happened to it.

What a check can't see: records that were changed before they were sealed (a minute at most), and a trail whose last seals
were all cut off together with their records, unless the caller names a head that was noted elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tenants.signing import verify_with

from . import chain
from .chain import Record, Seal

# A record that is this much older than the seal before the one that holds it was not written when it says.
BACKDATED = dt.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Problem:
    """What was found. `kind`: changed, removed, inserted, backdated (of a record); missing seal, broken seal, forged seal,
    broken chain, wrong head (of a seal)."""

    kind: str
    seal: int | None
    record: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """`head`: number and digest of the last seal seen; `waiting`: records that the next seal will hold."""

    problems: tuple[Problem, ...] = ()
    seals: int = 0
    records: int = 0
    waiting: int = 0
    head: tuple[int, bytes] = (0, chain.GENESIS)
    last_sealed_at: dt.datetime | None = None

    @property
    def intact(self) -> bool:
        return not self.problems


Read = Callable[[Sequence[int]], Mapping[int, Record]]


def check_seals(before: Check, seals: Iterable[Seal], read: Read, public_key: bytes) -> Check:
    """`before` carried on over the next seals. `read` gives the records of some ids, those that exist."""
    problems = list(before.problems)
    number, head = before.head
    sealed_at, count, records = before.last_sealed_at, before.seals, before.records
    for seal in seals:
        count += 1
        records += len(seal.record_ids)
        problems += _of_chain(seal, number, head, public_key)
        problems += _of_records(seal, read(seal.record_ids), sealed_at)
        number, head, sealed_at = seal.number, seal.digest, seal.sealed_at
    return replace(
        before,
        problems=tuple(problems),
        seals=count,
        records=records,
        head=(number, head),
        last_sealed_at=sealed_at,
    )


def _of_chain(seal: Seal, number: int, head: bytes, public_key: bytes) -> Iterable[Problem]:
    if seal.number != number + 1:
        missing = (
            f"seal {number + 1}" if seal.number == number + 2 else f"seals {number + 1} to {seal.number - 1}"
        )
        yield Problem("missing seal", number + 1, None, f"{missing.capitalize()} missing.")
    elif seal.previous != head:
        yield Problem(
            "broken chain", seal.number, None, f"Seal {seal.number} does not continue seal {number}."
        )
    expected = chain.digest(seal.number, seal.sealed_at, seal.record_ids, seal.leaves, seal.previous)
    if expected != seal.digest or len(seal.leaves) != chain.DIGEST_BYTES * len(seal.record_ids):
        yield Problem("broken seal", seal.number, None, f"Seal {seal.number} was changed.")
    elif not verify_with(public_key, seal.digest, seal.signature):
        yield Problem("forged seal", seal.number, None, f"The signature of seal {seal.number} is not ours.")


def _of_records(
    seal: Seal, found: Mapping[int, Record], sealed_before: dt.datetime | None
) -> Iterable[Problem]:
    for position, record_id in enumerate(seal.record_ids):
        record = found.get(record_id)
        if record is None:
            yield Problem("removed", seal.number, record_id, f"Record {record_id} was removed.")
        elif chain.leaf(record) != seal.leaf(position):
            yield Problem("changed", seal.number, record_id, f"Record {record_id} was changed.")
        elif sealed_before is not None and sealed_before - record.at > BACKDATED:
            text = f"Record {record_id} says {chain.moment(record.at)}, and was written after seal {seal.number - 1}."
            yield Problem("backdated", seal.number, record_id, text)


def finish(
    before: Check,
    unsealed: Iterable[int],
    waiting: Iterable[int],
    *,
    expected_head: tuple[int, str] | None = None,
    head_digest: Callable[[int], bytes | None] = lambda number: None,
) -> Check:
    """The last step: records that no seal holds, and a head that was noted elsewhere (number, hexadecimal digest)."""
    listed = set(waiting)
    problems = list(before.problems)
    for record_id in unsealed:
        if record_id not in listed:
            problems.append(
                Problem("inserted", None, record_id, f"Record {record_id} was inserted past the trail.")
            )
    if expected_head is not None:
        number, digest = expected_head
        there = head_digest(number)
        if there is None:
            problems.append(
                Problem("wrong head", number, None, f"Seal {number} was seen before and is gone.")
            )
        elif there.hex() != digest.lower():
            problems.append(Problem("wrong head", number, None, f"Seal {number} is not the one seen before."))
    return replace(before, problems=tuple(problems), waiting=len(listed))
