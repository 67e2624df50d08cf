"""A tenant's periods of retention."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from tenants import audit, keyring
from tenants.db import tenant_connection
from tenants.models import Tenant

# No less than 90 days: the longest windows of features, and what a merge is taken back with, need them.
FEWEST_MONTHS, MOST_MONTHS = 3, 120
FEWEST_DAYS, MOST_DAYS = 7, 730
_SETTING = "retention"


class BadPeriod(ValueError):
    """The period is too short, too long, or no number; the message is for people."""


@dataclass(frozen=True)
class Periods:
    """`event_months`: raw events, counted in whole months of receipt; `letter_days`: dead letters."""

    event_months: int = 13
    letter_days: int = 90

    def cutoff(self, today: dt.date) -> dt.date:
        """The first day whose events are kept: a month goes when all of it is older than the period, and than 90 days."""
        months = today.year * 12 + today.month - 1 - self.event_months
        first = dt.date(months // 12, months % 12 + 1, 1)
        return min(first, (today - dt.timedelta(days=90)).replace(day=1))


def periods_of(tenant: Tenant) -> Periods:
    return Periods(**tenant.settings.get(_SETTING, {}))


def read(event_months: str, letter_days: str) -> Periods:
    """From a form. Raises `BadPeriod`."""
    try:
        periods = Periods(int(event_months), int(letter_days))
    except ValueError as error:
        raise BadPeriod("Give whole numbers.") from error
    if not FEWEST_MONTHS <= periods.event_months <= MOST_MONTHS:
        raise BadPeriod(
            f"Events are kept for {FEWEST_MONTHS} to {MOST_MONTHS} months: features look back 90 days."
        )
    if not FEWEST_DAYS <= periods.letter_days <= MOST_DAYS:
        raise BadPeriod(f"Dead letters are kept for {FEWEST_DAYS} to {MOST_DAYS} days.")
    return periods


def save(tenant_id: int, wanted: Periods, *, actor: str) -> bool:
    """Store them; whether they changed. What is old enough goes in the next night, so there is time to take it back."""
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        before = periods_of(tenant)
        if before == wanted:
            return False
        document = {"event_months": wanted.event_months, "letter_days": wanted.letter_days}
        tenant.settings = {**tenant.settings, _SETTING: document}
        Tenant.objects.filter(pk=tenant_id).update(settings=tenant.settings)
        with tenant_connection(tenant.schema_name):
            audit.record(
                "retention changed",
                "settings:retention",
                actor,
                event_months=[before.event_months, wanted.event_months],
                letter_days=[before.letter_days, wanted.letter_days],
            )
        keyring.changed()
    return True
