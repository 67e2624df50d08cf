"""What is taken for a bot or for a repetition: the merchant's rules, and the visitors who were taken for bots."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from psycopg import Cursor

from tenants import audit, keyring
from tenants.console import tenant_site

from ..arrivals import rules
from ..arrivals.expel import readmit
from ..arrivals.outcomes import BOTS, NAMES, SAID_TWICE
from ..arrivals.selectors import by_outcome
from ..models import ArrivalRules, Identifier, Suspect

CHANGE = "profiles.change_arrivalrules"
MOST_LINES, LONGEST_LINE, SHOWN = 100, 120, 50


class Lines(forms.CharField):
    """A list of short texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))
        if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
            raise forms.ValidationError(f"At most {MOST_LINES} lines of {LONGEST_LINE} characters.")
        return lines


class RulesForm(forms.ModelForm):
    agents_blocked = Lines(label="Also bots", help_text="Parts of user agents, one a line.")
    agents_allowed = Lines(
        label="Never bots", help_text="Parts of user agents, one a line, such as your app's."
    )
    same_events = Lines(label="Other events", help_text="Names of events, one a line, such as Product Added.")

    class Meta:
        model = ArrivalRules
        fields = (
            "by_agent", "agents_blocked", "agents_allowed", "by_rate", "views_a_minute", "same_pages", "same_orders",
            "same_events", "window_seconds",
        )  # fmt: skip

    def clean_views_a_minute(self) -> int:
        views: int = self.cleaned_data["views_a_minute"]
        if views < 20:
            raise forms.ValidationError("A person in a hurry looks at 20 pages a minute: say more than that.")
        return views

    def clean_window_seconds(self) -> int:
        seconds: int = self.cleaned_data["window_seconds"]
        if not 1 <= seconds <= 60:
            raise forms.ValidationError("Between 1 and 60 seconds.")
        return seconds


def page(request: HttpRequest) -> HttpResponse:
    """The rules; POST: change them, or clear somebody who was taken for a bot."""
    may_change = request.user.has_perm(CHANGE)  # type: ignore[union-attr]  # staff
    form = RulesForm(instance=rules.stored())
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if "clear" in request.POST or "mark" in request.POST:
            return _clear(request)
        form = RulesForm(request.POST, instance=rules.stored())
        if form.is_valid():
            schema = request.tenant.schema_name  # type: ignore[attr-defined]  # HostTenantMiddleware
            rules.save(form.save(commit=False), actor=audit.staff(request.user), schema=schema)
            messages.success(request, "Saved. It holds for what arrives from now on.")
            return redirect("admin:arrival_rules")
    counts = by_outcome(7)
    return tenant_site.render(
        request,
        "console/events/rules.html",
        "Bots and repetitions",
        [("Shoppers", None), ("Events", reverse("admin:events")), ("Bots and repetitions", None)],
        status=400 if form.errors else 200,
        form=form,
        may_change=may_change,
        suspects=_suspects(),
        figures=[(NAMES[outcome], counts.get(outcome, 0)) for outcome in (BOTS, SAID_TWICE)],
        arrived=sum(counts.values()),
    )


def _suspects() -> list[dict[str, Any]]:
    found = list(Suspect.objects.filter(until__gt=timezone.now()).order_by("-since")[:SHOWN])
    owners = dict(
        Identifier.objects.filter(blind__in=[bytes(s.handle) for s in found]).values_list(
            "blind", "profile_id"
        )
    )
    known = {bytes(blind): profile_id for blind, profile_id in owners.items()}
    return [
        {"suspect": s, "name": bytes(s.handle).hex(), "profile": known.get(bytes(s.handle))} for s in found
    ]


def _clear(request: HttpRequest) -> HttpResponse:
    """Staff overrule: it is a person, and what came meanwhile counts after all; or a bot, from now on."""
    cleared = "clear" in request.POST
    try:
        handle = bytes.fromhex(request.POST.get("clear") or request.POST.get("mark") or "")
    except ValueError:
        handle = b""
    freed = 0
    with transaction.atomic():
        known = Suspect.objects.filter(handle=handle).update(cleared=cleared)
        if known and cleared:
            scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                freed = readmit(cursor, scope, handle)
        if known:
            said = "a visitor is no bot" if cleared else "a visitor is a bot"
            audit.record(said, "suspect", audit.staff(request.user), events=freed)
    if known and not cleared:
        messages.success(request, "What they send counts for nobody from now on.")
    elif known:
        what = {0: "", 1: " The event that was marked counts in a moment."}.get(
            freed, f" The {freed:,} events that were marked count in a moment."
        )
        messages.success(request, f"What they send counts from now on.{what}")
    return redirect("admin:arrival_rules")


tenant_site.page("events/rules/", page, name="arrival_rules", permission="profiles.view_arrivalrules")
