"""What a consent platform's categories and Global Privacy Control mean here, by a tenant's settings.

A tenant's `settings["consent"]`: {"defaults": {purpose: bool}, "categories": {name: [target, …]}, "gpc": [target, …]},
each part optional. A target is a purpose, or "marketing:" and a channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from psycopg import Cursor

from .consent import DEFAULTS, BadChoice, Choice, Key, check

log = structlog.get_logger("attune.consent")

# Names as Segment's wrappers, OneTrust (C000n), Cookiebot, Usercentrics and Ketch send them, in lower case. "Advertising"
# is said on a site about the site: it never stands for messages to an address.
CATEGORIES: dict[str, tuple[Key, ...]] = {
    **dict.fromkeys(("analytics", "analytical", "performance", "statistics", "c0002"), (("analytics", ""),)),
    **dict.fromkeys(
        ("personalization", "personalisation", "functional", "preferences", "c0003"),
        (("personalisation", ""),),
    ),
    **dict.fromkeys(
        ("advertising", "marketing", "targeting", "behavioral_advertising", "social_media", "c0004", "c0005"),
        (("marketing", "web"),),
    ),
    **dict.fromkeys(("email", "email marketing"), (("marketing", "email"),)),
    **dict.fromkeys(("sms", "sms marketing"), (("marketing", "sms"),)),
    **dict.fromkeys(("push", "push notifications"), (("marketing", "push"),)),
}
# Do not sell or share: what is shown to a visitor for somebody's money, and what is handed to other systems.
SALE: tuple[Key, ...] = (("marketing", "web"), ("marketing", "webhook"))
# Where Article 21(5) GDPR and its like hold, the signal is also an objection "by automated means" to personalisation,
# which rests on legitimate interest.
OBJECTION: tuple[Key, ...] = (("personalisation", ""), *SALE)
OBJECTION_REGIONS = frozenset({"eu", "uk", "ch"})


@dataclass(frozen=True, slots=True)
class Preferences:
    """A tenant's reading of categories and of the signal, and what holds without a word."""

    categories: Mapping[str, tuple[Key, ...]]
    gpc: tuple[Key, ...]
    defaults: Mapping[str, bool]


def preferences(cursor: Cursor, tenant_id: int) -> Preferences:
    """One query by primary key."""
    row = cursor.execute(
        "SELECT (settings -> 'consent')::text, region FROM public.tenants_tenant WHERE id = %s", [tenant_id]
    ).fetchone()
    text, region = row or (None, "")
    try:
        return read_settings(orjson.loads(text) if text else {}, region)
    except (BadChoice, AttributeError, TypeError):
        # The form refuses such settings; events must not wait for whoever wrote them past it.
        log.exception("unreadable consent settings; the usual ones hold")
        return read_settings({}, region)


def read_settings(said: Mapping[str, Any], region: str) -> Preferences:
    """Ours where the tenant says nothing. Raises `BadChoice` for a target that does not exist."""
    usual = OBJECTION if region.lower() in OBJECTION_REGIONS else SALE
    own = {str(name).lower(): targets(value) for name, value in (said.get("categories") or {}).items()}
    signal = said.get("gpc")
    return Preferences(
        {**CATEGORIES, **own},
        usual if signal is None else targets(signal),
        {**DEFAULTS, **(said.get("defaults") or {})},
    )


def targets(names: Iterable[str]) -> tuple[Key, ...]:
    """ "marketing:email" → ("marketing", "email")."""
    found: list[Key] = []
    for name in names:
        purpose, _, channel = str(name).partition(":")
        check(Choice(purpose, channel))
        found.append((purpose, channel))
    return tuple(found)


def choices_of(categories: Any, known: Mapping[str, tuple[Key, ...]], source: str) -> list[Choice]:
    """Choices from Segment's `categoryPreferences`, {category: bool}.

    Where several categories mean the same, all must agree. Unknown ones are nobody's business here.
    """
    if not isinstance(categories, dict):
        return []
    said: dict[Key, bool] = {}
    for name, granted in categories.items():
        if isinstance(granted, bool):
            for key in known.get(str(name).strip().lower(), ()):
                said[key] = said.get(key, True) and granted
    return [Choice(purpose, channel, granted, source=source) for (purpose, channel), granted in said.items()]
