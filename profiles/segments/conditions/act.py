"""What the shopper did, how often, in how many days, with which items."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from ...features import buckets
from ...models import Interaction
from .. import looking
from ..build import COMPARISONS, Build, Comparison, Facts, Issue, bucket_total
from .base import Condition, Days, Words, listed, span

# Days for which profiles keep counts; the oldest of KEEP_DAYS is being dropped.
COUNTED_DAYS = buckets.KEEP_DAYS - 1
# So many categories are compared line by line; for more the catalogue's own are looked through once.
FEW = 10
Kind = Interaction.Kind
_LONGER = {
    "visited": " For longer, take “Any event” with the event @page: pages are counted for a year, or for ever."
}
_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}


@dataclass(frozen=True)
class Act:
    """`bucket`: its count per day on the profile; `kind`: its interactions, None when no item belongs to it."""

    verb: str
    bucket: str
    kind: int | None


ACTS: dict[str, Act] = {
    "viewed": Act("viewed", buckets.ITEM_VIEW, Kind.VIEW),
    "added": Act("added to the cart", buckets.CART, Kind.CART),
    "bought": Act("bought", buckets.PURCHASE, Kind.PURCHASE),
    "returned": Act("returned", buckets.REFUND, Kind.REFUND),
    "clicked": Act("clicked a recommendation", buckets.CLICK, Kind.CLICK),
    "wished": Act("put on the wish list", buckets.WISH, Kind.WISH),
    "unwished": Act("took off the wish list", buckets.UNWISH, Kind.UNWISH),
    "ordered": Act("ordered", buckets.ORDER, Kind.PURCHASE),
    "spent": Act("spent", buckets.REVENUE, Kind.PURCHASE),
    "visited": Act("visited", buckets.SESSION, None),
    "opened_email": Act("opened an e-mail", buckets.EMAIL_OPEN, None),
    "clicked_email": Act("clicked in an e-mail", buckets.EMAIL_CLICK, None),
}


class ActCondition(Condition, tag="act", frozen=True):
    """Times that the shopper did something: lines for items, orders for "ordered", money for "spent".

    Without a filter and up to 90 days from the profile's counts per day; else from the interactions. A category counts
    with everything below it; the filters given must all hold, within one a single match is enough.
    `value_min`: what one line was worth at least.
    """

    act: Literal[
        "viewed", "added", "bought", "returned", "clicked", "wished", "unwished", "ordered", "spent", "visited", "opened_email", "clicked_email"
    ] = "bought"  # fmt: skip
    op: Comparison = ">="
    value: Annotated[float, Meta(ge=0, le=1e9)] = 1
    days: Days | None = 30
    categories: Words = []
    brands: Words = []
    items: Words = []
    value_min: Annotated[float, Meta(ge=0, le=1e9)] | None = None

    @property
    def timed(self) -> bool:
        return self.days is not None

    @property
    def moved_by_looking(self) -> bool:
        return ACTS[self.act].bucket in looking.COUNTS

    @property
    def filtered(self) -> bool:
        return bool(self.categories or self.brands or self.items or self.value_min is not None)

    def issues(self, facts: Facts) -> Iterator[Issue]:
        act = ACTS[self.act]
        if act.kind is None and self.filtered:
            yield Issue("act", f"“{act.verb.capitalize()}” has no items; take the item filters away.")
        if act.kind is None and (self.days is None or self.days > COUNTED_DAYS):
            yield Issue(
                "days",
                f"“{act.verb.capitalize()}” is counted for {COUNTED_DAYS} days at most."
                + _LONGER.get(self.act, ""),
            )
        if self.value_min is not None and act.kind not in (Kind.PURCHASE, Kind.REFUND):
            yield Issue("value_min", "Only what is bought or returned has a worth.")
        if self.op == "<" and self.value == 0:
            yield Issue("value", "Nobody does something less than 0 times.")
        if self.act != "spent" and self.value != int(self.value):
            yield Issue("value", "Take a whole number.")

    def sql(self, build: Build) -> str:
        act = ACTS[self.act]
        if not self.filtered and self.days is not None and self.days <= COUNTED_DAYS:
            return f"{bucket_total(build, act.bucket, self.days)} {self.op} {build.bind(self.value)}::float8"
        # Who did nothing has no row to be grouped: when doing nothing is enough, look for those who did otherwise.
        nothing_is_enough = _COMPARE[self.op](0, self.value)
        having = f"{self._measure} {self.op} {build.bind(self.value)}::float8"
        if nothing_is_enough:
            return f"NOT p.id IN ({self._who(build, f'NOT ({having})')})"
        return f"p.id IN ({self._who(build, having)})"

    @property
    def _measure(self) -> str:
        if self.act == "ordered":
            # A line without an order is an order of its own.
            return "count(DISTINCT CASE WHEN i.order_key = 0 THEN -i.id ELSE i.order_key END)"
        return "sum(i.value)" if self.act == "spent" else "count(*)"

    def _who(self, build: Build, having: str) -> str:
        where = [build.within("i.profile_id"), f"i.kind = {int(ACTS[self.act].kind or 0)}"]
        if self.days is not None:
            where += [f"i.at >= {build.since(self.days)}", f"i.at < {build.tomorrow}"]
        if self.value_min is not None:
            where.append(f"i.value >= {build.bind(self.value_min)}::float8")
        source = f"{build.table('profiles_interaction')} i"
        if self.categories or self.brands or self.items:
            source += f" JOIN {build.table('catalog_item')} c ON c.id = i.item_id"
        if self.items:
            where.append(f"c.external_id = ANY({build.bind(list(self.items))}::text[])")
        if self.brands:
            where.append(f"lower(c.brand) = ANY({_lower(build, self.brands)})")
        if self.categories:
            where.append(self._in_categories(build))
        return f"SELECT i.profile_id FROM {source} WHERE {' AND '.join(where)} GROUP BY i.profile_id HAVING {having}"

    def _in_categories(self, build: Build) -> str:
        """The path itself or one below it: what precedes " > " at the category's own length."""
        wanted = [f"{category.lower()} > " for category in self.categories]
        if len(wanted) <= FEW:
            either = (f"starts_with(lower(c.category) || ' > ', {build.bind(path)}::text)" for path in wanted)
            return f"({' OR '.join(either)})"
        return (
            f"c.category IN (SELECT k.category FROM (SELECT DISTINCT category FROM {build.table('catalog_item')}) AS k"
            f" WHERE EXISTS (SELECT 1 FROM unnest({build.bind(wanted)}::text[]) AS w(path)"
            f" WHERE starts_with(lower(k.category) || ' > ', w.path)))"
        )

    def words(self, facts: Facts) -> str:
        act = ACTS[self.act]
        what = " · ".join(listed(names) for names in (self.items, self.categories, self.brands) if names)
        if self.value_min is not None:
            what += f" worth {self.value_min:g} or more"
        when = span(self.days) if self.days else "ever"
        if _never(self.op, self.value):
            words = f"never {act.verb} {what}" if self.act != "spent" else f"spent nothing {what}"
        elif self.act == "spent":
            words = (
                f"spent {COMPARISONS[self.op]} {facts.currency} {self.value:g} {'on ' + what if what else ''}"
            )
        else:
            times = "once" if self.value == 1 else f"{self.value:g} times"
            words = f"{act.verb} {what} {COMPARISONS[self.op]} {times}"
        return " ".join(f"{words} {when}".split())


def _never(op: str, value: float) -> bool:
    return (op in ("=", "<=") and value == 0) or (op == "<" and value == 1)


def _lower(build: Build, words: list[str]) -> str:
    return f"{build.bind([word.lower() for word in words])}::text[]"
