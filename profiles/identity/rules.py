"""The rules by which identifiers become profiles: kinds with priority and limit, values that join nobody. No database here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import orjson

Shared = Literal["nobody", "first"]
USER, ANONYMOUS, EMAIL, PHONE = "user_id", "anonymous_id", "email", "phone"

# Kinds that join names and are none themselves: shoppers are found by the addresses in their traits (ADR 0740).
JOINING = (EMAIL, PHONE)

# What programs write where they know no name, and what people type where they want to give none.
BLOCKED = frozenset(
    {
        "null", "none", "nil", "undefined", "unknown", "anonymous", "guest", "n/a", "nan", "not set", "(not set)",
        "false", "true", "[object object]", "{{userid}}", "no email", "no-email", "noemail", "test@test.com",
        "test@example.com", "none@none.com", "no@email.com", "noemail@example.com", "email@example.com", "a@a.com",
    }
)  # fmt: skip
_EMPTY = re.compile(r"[0-]*")  # 0, 0000-0000, --
_SAME = re.compile(r"([0-9x])\1{6,}")  # xxxxxxx, 1111111


@dataclass(frozen=True, slots=True)
class Kind:
    """`priority`: links of kinds with smaller numbers count first. `limit`: how many of it a profile may have.

    `shared`: what becomes of a value that several user ids say is theirs: it joins nobody, or stays the first's.
    """

    priority: int
    limit: int
    shared: Shared = "first"


DEFAULT_KINDS: dict[str, Kind] = {
    USER: Kind(1, 1),
    EMAIL: Kind(3, 5, "nobody"),
    PHONE: Kind(4, 5, "nobody"),
    ANONYMOUS: Kind(9, 500),
}
OTHER = Kind(5, 10)


@dataclass(frozen=True)
class Rules:
    """`blocked`: the tenant's own values, in small letters, besides the built-in ones that it did not `allow`.

    `nobody`: names on record that such a value has, as blind indexes: what they were said to join, they don't.
    """

    kinds: Mapping[str, Kind] = field(default_factory=lambda: DEFAULT_KINDS)
    blocked: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    nobody: frozenset[bytes] = frozenset()

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name, OTHER)

    def blocks(self, value: str) -> bool:
        """Whether a value names nobody: a program's word for nothing, zeros, or what the tenant listed."""
        text = value.strip().lower()
        if text in self.allowed:
            return False
        return (
            text in self.blocked or text in BLOCKED or bool(_EMPTY.fullmatch(text) or _SAME.fullmatch(text))
        )


def parse(definition: Mapping[str, Any]) -> Rules:
    """Rules from their stored form: {kinds: {name: {priority, limit, shared}}, blocked: […], allowed: […], nobody: […]}.

    What it leaves out is as by default; a user id's limit is 1 whatever it says.
    """
    kinds = dict(DEFAULT_KINDS)
    for name, given in definition.get("kinds", {}).items():
        base = kinds.get(name, OTHER)
        kinds[name] = Kind(
            int(given.get("priority", base.priority)),
            1 if name == USER else max(1, int(given.get("limit", base.limit))),
            given.get("shared", base.shared),
        )
    return Rules(
        kinds,
        frozenset(str(value).strip().lower() for value in definition.get("blocked", ())),
        frozenset(str(value).strip().lower() for value in definition.get("allowed", ())),
        frozenset(bytes.fromhex(name) for name in definition.get("nobody", ())),
    )


@lru_cache(maxsize=256)
def parse_text(text: str) -> Rules:
    """`parse` of JSON, remembered."""
    return parse(orjson.loads(text))


DEFAULT = Rules()
