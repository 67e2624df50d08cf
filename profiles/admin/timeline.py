"""A shopper's life, newest first: interactions grouped by day, then by visit or order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from zoneinfo import ZoneInfo

from catalog.models import Item

from ..models import Interaction

PAGE = 150
# Lines of a visit that are shown at once; the rest is folded.
OPEN_LINES = 6
_VERBS = {1: "Viewed", 2: "Added to cart", 3: "Bought", 4: "Removed from cart", 5: "Returned", 6: "Clicked"}


@dataclass(frozen=True)
class Line:
    verb: str
    kind: int
    title: str
    item_pk: int | None
    quantity: float
    value: float

    @property
    def several(self) -> bool:
        """Pieces, that is: fuel and weighed goods come in hundreds of units, which nobody wants to read."""
        return 1 < self.quantity < 100


@dataclass(frozen=True)
class Visit:
    """One order or session: `total` is what was bought, in the tenant's currency."""

    at: dt.datetime
    heading: str
    where: str
    total: float
    lines: list[Line] = field(default_factory=list)

    @property
    def mixed(self) -> bool:
        """Whether each line has to say what was done."""
        return len({line.kind for line in self.lines}) > 1

    @property
    def shown(self) -> list[Line]:
        return self.lines[:OPEN_LINES]

    @property
    def folded(self) -> list[Line]:
        return self.lines[OPEN_LINES:]


@dataclass(frozen=True)
class Day:
    date: dt.date
    visits: list[Visit]


@dataclass(frozen=True)
class Life:
    """`older`: the moment before which the next page begins, None when this is all."""

    days: list[Day]
    older: dt.datetime | None


def life(profile_id: int, zone: ZoneInfo, before: dt.datetime | None = None) -> Life:
    facts = Interaction.objects.filter(profile_id=profile_id)
    if before is not None:
        facts = facts.filter(at__lt=before)
    rows = list(facts.order_by("-at")[: PAGE + 1])
    older = None
    if len(rows) > PAGE:
        # A visit is never cut in two: what shares the last moment goes to the next page.
        older = rows[PAGE].at + dt.timedelta(microseconds=1)
        rows = [row for row in rows[:PAGE] if row.at >= older] or rows[:PAGE]
    items = {item.pk: item for item in Item.objects.filter(pk__in={row.item_id for row in rows})}
    days = []
    for date, group in groupby(rows, key=lambda row: row.at.astimezone(zone).date()):
        days.append(Day(date, list(_visits(list(group), items))))
    return Life(days, older)


def _visits(rows: list[Interaction], items: dict[int, Item]) -> Iterator[Visit]:
    for (order, _), group in groupby(rows, key=lambda row: (row.order_key, row.order_key or row.at)):
        lines = list(group)
        bought = [row for row in lines if row.kind == Interaction.Kind.PURCHASE]
        first = lines[0]
        yield Visit(
            at=lines[-1].at,
            heading=_heading(lines, bought, bool(order)),
            where="Shop " + str(first.place) if first.place >= 0 else first.channel.capitalize(),
            total=sum(row.value for row in bought),
            lines=[
                Line(
                    verb=_VERBS.get(row.kind, "Did"),
                    kind=row.kind,
                    title=items[row.item_id].title if row.item_id in items else "An item that is gone",
                    item_pk=row.item_id if row.item_id in items else None,
                    quantity=row.quantity,
                    value=row.value,
                )
                for row in lines
            ],
        )


def _heading(lines: list[Interaction], bought: list[Interaction], order: bool) -> str:
    if bought:
        return (
            f"Order of {_counted(len(bought), 'item')}"
            if order
            else f"Bought {_counted(len(bought), 'item')}"
        )
    if len(lines) == 1:
        return _VERBS.get(lines[0].kind, "Visit")
    return f"Visit, {_counted(len(lines), 'step')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
