"""People who can be written to. Invented all of it: first names, e-mail addresses at a domain that is reserved for
examples, time zones, and what they agreed to. The same for the same shopper each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from compliance.consent import Choice, Word
from profiles.consents import import_consents
from profiles.history import import_traits
from profiles.history.identifiers import attach_identifiers
from profiles.models import Identifier
from tenants import vault
from tenants.crypto import unseal
from tenants.scope import Scope

SOURCE = "demo"
FIRST_NAMES = (
    "Ada", "Ben", "Carla", "Dan", "Elif", "Finn", "Grace", "Hugo", "Ines", "Jonas", "Kaya", "Liam", "Mara", "Nico",
    "Olga", "Paul", "Quinn", "Rosa", "Sami", "Tara", "Uma", "Victor", "Wanda", "Xenia", "Yusuf", "Zoe", "Amara",
    "Bruno", "Chloe", "Diego", "Esther", "Farid", "Greta", "Hana", "Ivan", "Jana", "Kofi", "Lena", "Malik", "Nora",
)  # fmt: skip
# With the share of people who live there, of a hundred.
TIME_ZONES = (
    ("America/New_York", 46),
    ("America/Chicago", 28),
    ("America/Denver", 8),
    ("America/Los_Angeles", 18),
)
# Of a hundred: yes to e-mail, no to e-mail; the rest was never asked. Text messages: yes.
EMAIL_YES, EMAIL_NO, SMS_YES = 78, 12, 9
TEXT_VERSION = "newsletter-1"


def contact_traits(users: Iterable[str], prefix: str) -> dict[str, dict[str, Any]]:
    """User id → first name, e-mail address and time zone."""
    return {user: _traits(user, prefix) for user in users}


def consents(user: str, profile_id: int, now: dt.datetime) -> list[Word]:
    """What an invented shopper said when they joined the newsletter, some time in the last year."""
    at = now - dt.timedelta(days=20 + _draw(user, "asked") % 330)
    share = _draw(user, "email") % 100
    said = []
    if share < EMAIL_YES + EMAIL_NO:
        said.append(_choice("email", share < EMAIL_YES))
    if _draw(user, "sms") % 100 < SMS_YES:
        said.append(_choice("sms", True))
    return [Word(profile_id, choice, at, "system") for choice in said]


def make_reachable(scope: Scope, prefix: str) -> None:
    """Traits, identifiers and consents for everybody with a user id, in bulk; running it twice changes nothing."""
    profile_of = known_users(scope)
    traits = contact_traits(profile_of, prefix)
    import_traits(scope, traits)
    attach_identifiers(scope, "email", {profile_of[user]: traits[user]["email"] for user in traits})
    now = dt.datetime.now(dt.UTC)
    words = [word for user in traits for word in consents(user, profile_of[user], now)]
    import_consents(scope, words, actor="system", source=SOURCE)


def known_users(scope: Scope) -> dict[str, int]:
    """User id → profile of everybody in the connection's tenant."""
    rows = Identifier.objects.filter(kind=Identifier.Kind.USER_ID).values_list(
        "blind", "value_sealed", "profile_id"
    )
    sealed = {bytes(blind): (bytes(value), profile) for blind, value, profile in rows}
    keys = vault.existing_person_keys(scope.tenant_id, sealed)
    return {
        unseal(keys[blind], value).decode(): profile
        for blind, (value, profile) in sealed.items()
        if blind in keys
    }


def _traits(user: str, prefix: str) -> dict[str, Any]:
    point, zone = _draw(user, "zone") % 100, TIME_ZONES[-1][0]
    for name, share in TIME_ZONES:
        if point < share:
            zone = name
            break
        point -= share
    return {
        "first_name": FIRST_NAMES[_draw(user, "name") % len(FIRST_NAMES)],
        "email": f"{prefix}{user}@example.com",
        "timezone": zone,
        "invented": "name, address and time zone",
    }


def _choice(channel: str, granted: bool) -> Choice:
    return Choice("marketing", channel, granted, "consent", SOURCE, TEXT_VERSION)


def _draw(user: str, what: str) -> int:
    return int.from_bytes(blake2b(f"{what}:{user}".encode(), digest_size=4).digest(), "big")
