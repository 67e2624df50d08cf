"""What happened to some shoppers, as columns: from interactions, and from events for what these do not hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Cursor

from tenants.columns import read_columns
from tenants.scope import Scope

from ... import flags
from ...days import Calendar, calendar
from ...models import Interaction
from ...processing.apply import ACT_WEIGHTS, daypart, device_of
from ...processing.channels import channel_of
from ...processing.claim import Claimed
from ...processing.decode import GROUP, decode
from ...processing.facts import BadFact, counts_of, facts_of
from ...processing.items import Standing, make_standing
from ...processing.orders import settle
from .. import buckets, habits
from ..kinds import COUNTS

Ints = NDArray[np.int64]
CENTS = 10_000  # amounts are whole ten-thousandths, as counts per day keep four decimals
_EPOCH_2000 = 946_684_800_000_000
_PORTION = 2_000


@dataclass
class Record:
    """`seen`: when somebody did anything. `counted`: bucket → rows. `leanings`: group → rows with a name each.

    Subjects are profile ids, moments unix microseconds. `said`: (profile, at, message key, traits), in no order.
    """

    seen: list[tuple[Ints, Ints]] = field(default_factory=list)
    counted: dict[str, list[tuple[Ints, Ints, Ints]]] = field(default_factory=dict)
    leanings: dict[str, list[tuple[Ints, Ints, NDArray[np.object_], NDArray[np.float64]]]] = field(
        default_factory=dict
    )
    said: list[tuple[int, int, str, dict[str, Any]]] = field(default_factory=list)

    def count(self, bucket: str, profile: Ints, at: Ints, amount: Ints) -> None:
        self.counted.setdefault(bucket, []).append((profile, at, amount))

    def lean(
        self, group: str, profile: Ints, at: Ints, name: NDArray[np.object_], weight: NDArray[np.float64]
    ) -> None:
        self.leanings.setdefault(group, []).append((profile, at, name, weight))


def read_record(
    scope: Scope, profile_ids: Iterable[int], *, events: bool = True, standing: Standing | None = None
) -> Record:
    """Everything of the profiles that features are made from. Without `events`, what only these hold is missing.

    The connection looks into the tenant's schema. About two seconds for 1.5 million interactions; events are unsealed
    one by one, about 20 µs each.
    """
    ids = np.unique(np.fromiter(profile_ids, np.int64))
    record, days = Record(), calendar(scope.time_zone)
    covered = (
        _read_events(scope, record, ids, days) if events else (np.array([], np.int64), np.array([], np.int64))
    )
    _read_interactions(scope, record, ids, covered, days, standing or make_standing(scope.schema))
    return record


def _read_interactions(
    scope: Scope,
    record: Record,
    ids: Ints,
    covered: tuple[Ints, Ints],
    days: Calendar,
    standing: Standing,
) -> None:
    """Items acted on. Whatever an event says too (an order's worth, the channel) is the event's to say."""
    source = f'"{scope.schema}".profiles_interaction WHERE profile_id = ANY(%s::bigint[])'
    fields = (
        ("int8send(profile_id)", ">i8"),
        ("int8send(item_id)", ">i8"),
        ("int2send(kind)", ">i2"),
        ("timestamptz_send(at)", ">i8"),
        ("float8send(value)", ">f8"),
        ("int8send(order_key)", ">i8"),
        ("rpad(channel, 12)::bytea", "S12"),
    )
    profile, item, kind, at, value, order, channel = (
        column.astype(column.dtype.newbyteorder("="))
        for column in read_columns(fields, source, [ids.tolist()])
    )
    at = at + _EPOCH_2000
    one = np.full(len(at), CENTS)
    for code, bucket in COUNTS.items():
        rows = kind == int(code)
        record.count(bucket, profile[rows], at[rows], one[rows])
    _lean_on_items(scope, record, profile, item, kind, at, standing)
    alone = ~_among(profile, at, *covered)
    record.seen.append((profile[alone], at[alone]))
    bought = alone & (kind == int(Interaction.Kind.PURCHASE))
    record.count(
        buckets.REVENUE, profile[bought], at[bought], np.rint(value[bought] * CENTS).astype(np.int64)
    )
    first = _first_of_orders(profile[bought], at[bought], order[bought], days.days(at[bought]))
    record.count(buckets.ORDER, profile[bought][first], at[bought][first], one[: len(first)])
    names = np.char.decode(np.char.strip(channel[alone]), "utf-8", "replace").astype(object)
    ones = np.ones(int(alone.sum()))
    record.lean(habits.CHANNELS, profile[alone], at[alone], names, ones)
    parts = np.array([daypart(hour) for hour in range(24)], object)
    record.lean(habits.DAYPARTS, profile[alone], at[alone], parts[days.hours(at[alone])], ones)


def _lean_on_items(
    scope: Scope, record: Record, profile: Ints, item: Ints, kind: Ints, at: Ints, standing: Standing
) -> None:
    """Taste, by the items as the catalogue has them now."""
    worth = np.zeros(64)
    for code, says in ACT_WEIGHTS.items():
        worth[int(code)] = says
    weight = worth[kind]
    rows = weight > 0
    profile, item, at, weight = profile[rows], item[rows], at[rows], weight[rows]
    known, place = np.unique(item, return_inverse=True)
    category, brand = _labels(scope, known)
    record.lean(habits.CATEGORIES, profile, at, category[place], weight)
    record.lean(habits.BRANDS, profile, at, brand[place], weight)
    levels = np.array([standing.of(int(pk)) for pk in known], float).reshape(-1, 2)
    for group, column in ((habits.PRICE, 0), (habits.POPULARITY, 1)):
        level = levels[place, column]
        seen = np.isfinite(level)
        for name, amount in (("sum", weight[seen] * level[seen]), ("weight", weight[seen])):
            names = np.full(len(amount), name, object)
            record.lean(group, profile[seen], at[seen], names, amount)


def _labels(scope: Scope, pks: Ints) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id, category, brand FROM "{scope.schema}".catalog_item WHERE id = ANY(%s::bigint[])',
            [pks.tolist()],
        )
        found = {pk: (category.rpartition(" > ")[2], brand) for pk, category, brand in cursor.fetchall()}
    pairs = [found.get(pk, ("", "")) for pk in pks.tolist()]
    return np.array([p[0] for p in pairs], object), np.array([p[1] for p in pairs], object)


def _first_of_orders(profile: Ints, at: Ints, order: Ints, day: Ints) -> Ints:
    """The rows that begin an order of a day; a purchase without an order id is one of its own."""
    alone = np.where(order == 0, np.arange(1, len(order) + 1), 0)
    place = np.lexsort((at, alone, order, day, profile))
    keys = np.column_stack([profile, day, order, alone])[place]
    new = np.ones(len(place), bool)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return place[new]


def _among(profile: Ints, at: Ints, profiles: Ints, moments: Ints) -> NDArray[np.bool_]:
    """Which of the pairs (profile, at) are among the others."""
    if not len(profiles):
        return np.zeros(len(profile), bool)
    pairs = np.concatenate([np.column_stack([profiles, moments]), np.column_stack([profile, at])])
    _, number = np.unique(pairs, axis=0, return_inverse=True)
    number = number.reshape(-1)
    return np.isin(number[len(profiles) :], number[: len(profiles)])


def _read_events(scope: Scope, record: Record, ids: Ints, days: Calendar) -> tuple[Ints, Ints]:
    """What events say beside items; the (profile, moment) of every event that counts."""
    profiles: list[int] = []
    moments: list[int] = []
    counted: dict[str, list[tuple[int, int, int]]] = {}
    leaning: dict[str, list[tuple[int, int, str]]] = {}
    for profile, event in _counted_events(scope, ids):
        try:
            facts_of(event)
        except BadFact:
            continue
        profiles.append(profile)
        moments.append(event.at)
        for bucket, amount in counts_of(event, []):
            counted.setdefault(bucket, []).append((profile, event.at, round(amount * CENTS)))
        leaning.setdefault(habits.DAYPARTS, []).append((profile, event.at, daypart(days.hour(event.at))))
        leaning.setdefault(habits.CHANNELS, []).append((profile, event.at, channel_of(event)))
        device = device_of(event)
        if device:
            leaning.setdefault(habits.DEVICES, []).append((profile, event.at, device))
        if event.type != GROUP:
            traits = event.context.get("traits")
            said = {**traits, **event.traits} if isinstance(traits, dict) else event.traits
            if said:
                record.said.append((profile, event.at, event.claimed.message_key, said))
    for bucket, rows in counted.items():
        record.count(bucket, *(np.array(column, np.int64) for column in zip(*rows, strict=True)))
    for group, named in leaning.items():
        who, when, names = zip(*named, strict=True)
        record.lean(
            group,
            np.array(who, np.int64),
            np.array(when, np.int64),
            np.array(names, object),
            np.ones(len(who)),
        )
    found = np.array(profiles, np.int64), np.array(moments, np.int64)
    record.seen.append(found)
    return found


def _counted_events(scope: Scope, ids: Ints) -> Iterable[tuple[int, Any]]:
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        for start in range(0, len(ids), _PORTION):
            rows = cursor.execute(
                f"""SELECT profile_id, id, received_at, type, handle, message_key::text, payload, key_kind, 0, flags
                    FROM "{scope.schema}".profiles_event
                    WHERE profile_id = ANY(%s::bigint[]) AND flags & {flags.NOT_COUNTED} = 0""",
                [ids[start : start + _PORTION].tolist()],
                binary=True,
            ).fetchall()
            owner = {row[1]: row[0] for row in rows}
            claimed = [Claimed(*row[1:]) for row in rows]
            events = [(owner[event.claimed.id], event) for event in decode(scope, claimed).events]
            settle(events)
            yield from events
