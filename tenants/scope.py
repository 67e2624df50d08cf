"""Who asks: the tenant and the key of one request, found once and carried to every crossing."""

from __future__ import annotations

from dataclasses import dataclass, field

ALL_SCOPES = (
    "ingest",
    "recommend",
    "profiles:read",
    "profiles:write",
    "catalog:read",
    "catalog:write",
    "decisions:read",
    "plan:read",
    "plan:write",
    "rules:read",
    "rules:write",
    "consents:read",
    "consents:write",
    "experiments:read",
    "privacy:read",
    "privacy:write",
)
PUBLISHABLE_SCOPES = ("ingest", "recommend", "consents:read", "consents:write")


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenant that a request or a task works for, and what its key allows.

    `requests_per_second` and `events_per_day` are the plan's limits; 0 means no limit.
    """

    tenant_id: int
    schema: str
    slug: str
    key_id: int | None = None
    kind: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    allowed_origins: tuple[str, ...] = ()
    requests_per_second: int = 0
    events_per_day: int = 0
    currency: str = "USD"
    time_zone: str = "UTC"

    @property
    def actor(self) -> str:
        """The name that audit records use."""
        return f"key:{self.key_id}" if self.key_id else "system"
