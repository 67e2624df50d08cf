"""An independent judge: events as sent, definitions as written, and nothing of the product's code but their words.

It keeps every event of every shopper in a list and counts anew for each question.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

UTC = dt.UTC


@dataclass
class Shopper:
    """Whoever these names mean, with all that was sent under them."""

    names: set[str]
    events: list[dict[str, Any]] = field(default_factory=list)


def people(events: list[dict[str, Any]]) -> list[Shopper]:
    """Who did what: a visitor's events belong to the user whom an identify names with them, before and after."""
    user_of: dict[str, str] = {}
    for event in events:
        if event.get("userId") and event.get("anonymousId"):
            user_of.setdefault(event["anonymousId"], event["userId"])
    found: dict[str, Shopper] = {}
    for event in events:
        name = event.get("userId") or user_of.get(event["anonymousId"]) or event["anonymousId"]
        found.setdefault(name, Shopper({name})).events.append(event)
    return list(found.values())


def holds(node: dict[str, Any], who: Shopper, today: dt.date, named: dict[str, Any]) -> bool:
    kind = node["type"]
    if kind == "all":
        return all(holds(part, who, today, named) for part in node["of"])
    if kind == "any":
        return any(holds(part, who, today, named) for part in node["of"])
    if kind == "not":
        return not any(holds(part, who, today, named) for part in node["of"])
    if kind == "segment":
        return holds(named[node["segment"]], who, today, named) is node.get("member", True)
    if kind == "event":
        return compare(node.get("op", ">="), measured(node, who, today), node.get("value", 1))
    if kind == "trait":
        return judged_trait(node, who, today, named)
    if kind == "act":
        return compare(node["op"], acted(node, who, today), node["value"])
    assert kind == "seen"
    days = [day_of(event) for event in who.events]
    seen = min(days) if node["which"] == "first" else max(days)
    return ((today - seen).days < node["days"]) is (node["op"] == "within")


def judged_trait(node, who, today, named) -> bool:
    value, op = trait_value(named[f"trait:{node['trait']}"], who, today), node["op"]
    if op in ("known", "unknown"):
        return (value is not None) is (op == "known")
    if op in ("includes", "is"):
        return value is not None and bool({*node["values"]} & ({*value} if op == "includes" else {value}))
    if op in ("excludes", "is_not"):
        return value is None or not {*node["values"]} & ({*value} if op == "excludes" else {value})
    return value is not None and compare(op, value, node["value"])


def trait_value(definition, who, today):
    if definition.get("source") == "trait":
        said = [(e["at"], e["traits"]["plan"]) for e in who.events if "plan" in e.get("traits", {})]
        return max(said)[1] if said else None
    if definition.get("source") == "act":
        return acted({"act": definition["act"], "days": definition.get("days")}, who, today)
    chosen = matching(definition, who, today)
    if definition["function"] == "count":
        return len(chosen)
    pairs = [(event["at"], value) for event in chosen for value in values_at(event, definition["property"])]
    if definition["function"] in ("sum", "average", "minimum", "maximum"):
        numbers = [float(value) for _, value in pairs]
        total = round(sum(numbers), 4)
        if definition["function"] == "sum":
            return total
        if not numbers:
            return None
        return {"average": total / len(numbers), "minimum": min(numbers), "maximum": max(numbers)}[
            definition["function"]
        ]
    texts = [(at, str(value)) for at, value in pairs]
    if not texts:
        return None
    if definition["function"] == "first":
        return min(texts)[1]
    if definition["function"] == "last":
        return max(texts)[1]
    words = [text for _, text in texts]
    if definition["function"] == "unique_list":
        return set(words)
    return min(set(words), key=lambda word: (-words.count(word), word))


def measured(node, who, today) -> float:
    chosen = matching(node, who, today)
    if node.get("by", "times") == "times":
        return len(chosen)
    return round(sum(float(v) for event in chosen for v in values_at(event, node["property"])), 4)


def matching(node, who, today) -> list[dict[str, Any]]:
    return [
        event
        for event in who.events
        for event in lines_of(event, node.get("lines"))
        if name_of(event) == node["event"].lower()
        and in_window(event, node.get("days"), today)
        and all(fits(one, event) for one in node.get("where", []))
    ]


def name_of(event) -> str:
    kind = event["type"]
    return event.get("event", "").lower() if kind == "track" else f"@{kind}"


def lines_of(event, name: str | None) -> list[dict[str, Any]]:
    """An event as often as it has lines, each time with one of them."""
    if not name:
        return [event]
    said = event.get("properties", {})
    return [{**event, "properties": {**said, name: [line]}} for line in said.get(name, [])]


def fits(one, event) -> bool:
    found = values_at(event, one["property"])
    if one["op"] == "is":
        return any(str(value).lower() in {str(v).lower() for v in one["values"]} for value in found)
    if one["op"] == "is_not":
        return not any(str(value).lower() in {str(v).lower() for v in one["values"]} for value in found)
    if one["op"] == "exists":
        return bool(found)
    assert one["op"] == ">"
    return any(float(value) > one["values"][0] for value in found)


def values_at(event, name: str) -> list[Any]:
    value = event.get("properties", {})
    first, _, rest = name.partition(".")
    value = value.get(first)
    if rest:
        return [line[rest] for line in value or [] if rest in line]
    return value if isinstance(value, list) else [] if value is None else [value]


def acted(node, who, today) -> float:
    """Lines of orders and views of items, with or without a filter on the item; orders, and what they came to."""
    done, listed = (
        0.0,
        {
            "bought": "Order Completed",
            "returned": "Order Refunded",
            "ordered": "Order Completed",
            "spent": "Order Completed",
        },
    )
    looked = {"viewed": "Product Viewed", "added": "Product Added", "wished": "Product Added to Wishlist"}
    for event in who.events:
        if not in_window(event, node["days"], today):
            continue
        if event.get("event") and event["event"] == looked.get(node["act"]):
            lines = [event["properties"]]
        elif event.get("event") and event["event"] == listed.get(node["act"]):
            lines = event["properties"]["products"]
        else:
            continue
        chosen = [line for line in lines if line["product_id"] in (node.get("items") or [line["product_id"]])]
        if node["act"] == "spent":
            done += sum(line["price"] for line in chosen)
        else:
            done += bool(chosen) if node["act"] == "ordered" else len(chosen)
    return done


def in_window(event, days, today: dt.date) -> bool:
    return days is None or (today - day_of(event)).days < days


def day_of(event) -> dt.date:
    return event["at"].astimezone(UTC).date()


def compare(op: str, value: float, wanted: float) -> bool:
    return {
        ">=": value >= wanted, "<=": value <= wanted, ">": value > wanted, "<": value < wanted, "=": value == wanted,
    }[op]  # fmt: skip
