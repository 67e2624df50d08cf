"""A tenant's own reading of consent: what holds without a word, what categories and Global Privacy Control mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerError

from compliance.consent import DEFAULTS, PURPOSES, default_sql
from compliance.preferences import OBJECTION, OBJECTION_REGIONS, SALE, read_settings
from tenants import audit, epochs, keyring
from tenants.db import tenant_connection
from tenants.models import Tenant

from .segments.judging import judge_everybody
from .segments.live import change_definitions

log = structlog.get_logger("attune.consent")

# Profiles whose flag is set in one transaction: workers wait no longer than it takes.
PORTION = 20_000


@dataclass(frozen=True, slots=True)
class ConsentSettings:
    """`categories`: a consent platform's name → targets ("analytics", "marketing:email"); `gpc`: targets that it refuses."""

    defaults: Mapping[str, bool]
    categories: Mapping[str, Sequence[str]]
    gpc: Sequence[str]


def target(key: tuple[str, str]) -> str:
    return ":".join(part for part in key if part)


def settings_of(tenant: Tenant) -> ConsentSettings:
    """What the tenant has set, with our own where nothing is; `categories` are the tenant's own only."""
    said: dict[str, Any] = tenant.settings.get("consent") or {}
    usual = OBJECTION if tenant.region.lower() in OBJECTION_REGIONS else SALE
    gpc: Sequence[str] | None = said.get("gpc")
    return ConsentSettings(
        {**DEFAULTS, **(said.get("defaults") or {})},
        said.get("categories") or {},
        [target(key) for key in usual] if gpc is None else gpc,
    )


def save_settings(tenant_id: int, wanted: ConsentSettings, *, actor: str) -> bool:
    """Store the settings; whether they changed. Raises `compliance.consent.BadChoice`; then nothing is stored.

    When the default of personalisation changes, the profiles of those who said nothing follow in the background. When any
    default changes, everybody is judged again in every segment.
    """
    document: dict[str, Any] = {
        "defaults": {purpose: bool(wanted.defaults[purpose]) for purpose in PURPOSES},
        "categories": {name: list(targets) for name, targets in wanted.categories.items()},
        "gpc": list(wanted.gpc),
    }
    with transaction.atomic():
        schema = Tenant.objects.values_list("schema_name", flat=True).get(pk=tenant_id)
        # Batches lock in this order too: definitions, then what refers to the tenant.
        with connection.cursor() as cursor:
            change_definitions(cursor, schema)
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        before = settings_of(tenant)
        read_settings(document, tenant.region)
        if tenant.settings.get("consent") == document:
            return False
        tenant.settings = {**tenant.settings, "consent": document}
        Tenant.objects.filter(pk=tenant.pk).update(settings=tenant.settings)
        with tenant_connection(tenant.schema_name):
            changed = sorted(k for k, v in document["defaults"].items() if v != before.defaults[k])
            audit.record("consent settings changed", "settings:consent", actor, defaults_changed=changed)
            if changed:
                judge_everybody(keyring.scope_of_tenant(tenant))
        keyring.changed()
        if "personalisation" in changed:
            transaction.on_commit(lambda: _follow(tenant.schema_name))
    return True


def _follow(schema: str) -> None:
    from .tasks import follow_consent_default

    try:
        follow_consent_default.apply_async(args=(schema,))
    except (BrokerError, OSError):
        log.warning("no broker; the default of consent is applied here", tenant=schema)
        apply_default(schema)


def apply_default(schema: str) -> int:
    """Give the profiles of those who said nothing about personalisation the tenant's default; how many changed.

    Then no answer that was made before is given again. Running it twice is harmless.
    """
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM "{schema}".profiles_profile')
        first, last = cursor.fetchone()
    for start in range(first, last + 1, PORTION):
        with transaction.atomic(), connection.cursor() as cursor:
            # Locked in the order of their ids, as workers lock them.
            cursor.execute(
                f"""WITH wanted AS MATERIALIZED (SELECT {default_sql("personalisation")} AS granted),
                    silent AS MATERIALIZED (
                        SELECT p.id FROM "{schema}".profiles_profile p, wanted
                        WHERE p.id >= %s AND p.id < %s AND p.consent_personalisation <> wanted.granted
                            AND NOT EXISTS (SELECT 1 FROM "{schema}".compliance_consent c
                                WHERE c.profile_id = p.id AND c.purpose = 'personalisation')
                        ORDER BY p.id FOR UPDATE OF p)
                    UPDATE "{schema}".profiles_profile p SET consent_personalisation = wanted.granted
                    FROM silent, wanted WHERE p.id = silent.id""",
                [schema, start, start + PORTION],
            )
            total += cursor.rowcount
    if total:
        with transaction.atomic():
            epochs.bump(schema, "consent")
    return total
