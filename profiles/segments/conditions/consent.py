"""What the shopper has agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from compliance.consent import DEFAULTS

from ..build import Build, Facts, Issue
from .base import Condition

CHANNELS = {"email": "e-mail", "sms": "SMS", "push": "push", "web": "web and app", "webhook": "webhook"}


class ConsentCondition(Condition, tag="consent", frozen=True):
    """Decided as compliance.consent.allowed does: the channel's own record, the one for all, the tenant's default."""

    purpose: Literal["analytics", "personalisation", "marketing"] = "marketing"
    channel: Literal["", "email", "sms", "push", "web", "webhook"] = ""
    granted: bool = True

    def issues(self, facts: Facts) -> Iterator[Issue]:
        if self.channel and self.purpose != "marketing":
            yield Issue("channel", "Only marketing has channels.")

    def sql(self, build: Build) -> str:
        table, purpose = build.table("compliance_consent"), f"purpose = '{self.purpose}'"
        word = f"SELECT granted FROM {table} s WHERE s.profile_id = p.id AND s.{purpose} AND s.channel"
        default = (
            f"(SELECT (t.settings #>> '{{consent,defaults,{self.purpose}}}')::boolean"
            f" FROM public.tenants_tenant t WHERE t.schema_name = {build.bind(build.schema)})"
        )
        own = f"({word} = '{self.channel}'), " if self.channel else ""
        allowed = f"coalesce({own}({word} = ''), {default}, {str(DEFAULTS[self.purpose]).lower()})"
        return allowed if self.granted else f"NOT {allowed}"

    def words(self, facts: Facts) -> str:
        what = f"{self.purpose} by {CHANNELS[self.channel]}" if self.channel else self.purpose
        return f"{'agreed to' if self.granted else 'did not agree to'} {what}"
