"""Acts grouped into orders and visits: what lies within half an hour of each other is one visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..models import Interaction
from .entries import EVENT, Act, Moment

GAP = dt.timedelta(minutes=30)
# Lines of a visit that are shown at once; the rest is folded.
OPEN_LINES = 6
Kind = Interaction.Kind
_ORDERS = (Kind.PURCHASE, Kind.REFUND)


@dataclass(frozen=True)
class Visit:
    """One order, one visit, or a moment alone; `at` its latest act, `since` its first. `total`: what was bought."""

    at: dt.datetime
    since: dt.datetime
    heading: str
    where: str = ""
    total: float = 0.0
    lines: list[Act] = field(default_factory=list)
    moment: Moment | None = None

    @property
    def mixed(self) -> bool:
        """Whether each line has to say what was done."""
        return len({line.verb for line in self.lines}) > 1 or any(line.kind == EVENT for line in self.lines)

    @property
    def shown(self) -> list[Act]:
        return self.lines[:OPEN_LINES]

    @property
    def folded(self) -> list[Act]:
        return self.lines[OPEN_LINES:]


def grouped(acts: Iterable[Act], moments: Iterable[Moment]) -> list[Visit]:
    """Newest first. Lines of one order are together; other acts of the same channel make visits."""
    orders: dict[tuple[int, dt.datetime | None], list[Act]] = {}
    rest: list[Act] = []
    for act in acts:
        if act.kind in _ORDERS:
            orders.setdefault((act.order, None if act.order else act.at), []).append(act)
        else:
            rest.append(act)
    visits = [_visit(lines) for lines in orders.values()]
    visits += [_visit(lines) for lines in _runs(sorted(rest, key=lambda act: act.at, reverse=True))]
    visits += [Visit(m.at, m.at, m.title, moment=m) for m in moments]
    return sorted(visits, key=lambda visit: visit.at, reverse=True)


def _runs(acts: list[Act]) -> Iterator[list[Act]]:
    run: list[Act] = []
    for act in acts:
        if run and run[-1].at - act.at > GAP:
            yield run
            run = []
        run.append(act)
    if run:
        yield run


def _visit(lines: list[Act]) -> Visit:
    bought = [line for line in lines if line.kind == Kind.PURCHASE]
    place = next((line.place for line in lines if line.place >= 0), -1)
    channel = next((line.channel for line in lines if line.channel), "")
    return Visit(
        at=max(line.at for line in lines),
        since=min(line.at for line in lines),
        heading=_heading(lines, bought),
        where=f"Shop {place}" if place >= 0 else {"sms": "SMS"}.get(channel, channel.capitalize()),
        total=sum(line.value for line in bought),
        lines=lines,
    )


def _heading(lines: list[Act], bought: list[Act]) -> str:
    if bought:
        said = _counted(len(bought), "item")
        return f"Order of {said}" if lines[0].order else f"Bought {said}"
    if lines[0].kind == Kind.REFUND:
        return f"Returned {_counted(len(lines), 'item')}"
    return lines[0].verb if len(lines) == 1 else f"Visit, {_counted(len(lines), 'step')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
