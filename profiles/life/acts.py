"""Acts from interactions and from events that are no interaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from catalog.models import Item
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..models import Event, Interaction
from .entries import EVENT, Act

# So many of a shopper's newest events are opened; older ones are on the line as views and orders only.
OPENED = 600
_VERBS = {1: "Viewed", 2: "Added to cart", 3: "Bought", 4: "Removed from cart", 5: "Returned", 6: "Clicked"}
# Interactions tell them already, by item.
_TOLD = frozenset(
    {
        *("product viewed", "product clicked", "product added", "product removed"),
        *("recommendation clicked", "order completed", "order refunded"),
    }
)
_TYPES = {1: "identify", 2: "track", 3: "page", 4: "screen", 5: "group", 6: "alias"}
# Properties that say the most about an event, the first that are there.
_TELLING = ("query", "title", "name", "path", "category", "product_id", "coupon", "list", "url")


def acts_with_items(
    profile_id: int, kinds: tuple[int, ...], before: dt.datetime | None, limit: int
) -> list[Act]:
    found = Interaction.objects.filter(profile_id=profile_id)
    if kinds:
        found = found.filter(kind__in=kinds)
    if before is not None:
        found = found.filter(at__lt=before)
    rows = list(found.order_by("-at", "-pk")[:limit])
    titles = dict(Item.objects.filter(pk__in={row.item_id for row in rows}).values_list("pk", "title"))
    return [
        Act(
            at=row.at,
            kind=row.kind,
            verb=_VERBS.get(row.kind, "Did"),
            title=titles.get(row.item_id, "An item that is gone"),
            item_pk=row.item_id if row.item_id in titles else None,
            quantity=row.quantity,
            value=row.value,
            order=row.order_key,
            place=row.place,
            channel=row.channel,
        )
        for row in rows
    ]


def other_acts(
    scope: Scope, profile_id: int, before: dt.datetime | None, limit: int, *, raw: bool
) -> tuple[list[Act], bool]:
    """(acts of events at their own time, newest first; whether there are events too old to be opened)."""
    events = list(Event.objects.filter(profile_id=profile_id).order_by("-received_at", "-id")[: OPENED + 1])
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(e.handle) for e in events})
    found = []
    for event in events[:OPENED]:
        key = keys.get(bytes(event.handle))
        act = _act(event, key, raw=raw) if key is not None else None
        if act is not None and (before is None or act.at < before):
            found.append(act)
    found.sort(key=lambda act: act.at, reverse=True)
    return found[:limit], len(events) > OPENED


def _act(event: Event, key: bytes, *, raw: bool) -> Act | None:
    try:
        stored = orjson.loads(unseal(key, bytes(event.payload)))
    except (Unreadable, orjson.JSONDecodeError):
        return None
    body = stored.get("event") or {}
    name = str(body.get("event") or body.get("name") or "")
    if event.type == 2 and name.strip().lower() in _TOLD:
        return None
    verb, title = _words(_TYPES.get(event.type, ""), name, body)
    return Act(
        at=dt.datetime.fromtimestamp(stored["at"] / 1e6, dt.UTC) if "at" in stored else event.received_at,
        kind=EVENT,
        verb=verb,
        title=title,
        channel="app" if event.type == 4 else "",
        raw=orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if raw else "",
    )


def _words(type_: str, name: str, body: dict[str, Any]) -> tuple[str, str]:
    """(what was done, with what); of traits their names only."""
    said = body.get("properties")
    properties: dict[str, Any] = said if isinstance(said, dict) else {}
    if type_ == "page":
        return "Looked at the page", _short(name or properties.get("title") or properties.get("path") or "")
    if type_ == "screen":
        return "Opened the screen", _short(name)
    if type_ == "identify":
        traits = [str(trait).replace("_", " ") for trait in body.get("traits") or {}]
        return "Was identified", f"with {_listed(traits)}" if traits else ""
    if type_ == "group":
        return "Joined a group", ""
    if type_ == "alias":
        return "Two ids are one", ""
    about = next((properties[key] for key in _TELLING if isinstance(properties.get(key), str | int)), "")
    return name or "Did something", _short(about)


def _listed(words: list[str]) -> str:
    shown = words[:4]
    more = len(words) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
