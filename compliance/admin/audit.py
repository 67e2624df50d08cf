"""The audit trail: who changed what, whether it is sealed, checked at the press of a button, exported."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, RangeDateTimeFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ReadOnlyAdmin, operator_site, tenant_site
from tenants.db import PUBLIC
from tenants.workspace.models import AuditRecord, AuditSeal, AuditUnsealed

from ..audit.checking import Check, Problem
from ..audit.export import lines
from ..audit.sealing import OPERATOR
from ..audit.trail import advance
from ..audit.whose import Whose
from .actors import names_of

# A step of a check in the browser; longer trails take several, with progress.
STEP_SECONDS = 0.6
PROBLEMS_KEPT = 100
_STATE = "audit_check"


class AuditAdmin(ReadOnlyAdmin):
    room, plural, singular, counted = "Privacy", "Audit", "audit record", "audit records"
    empty_title = "Nothing has been changed yet"
    empty_hint = "Every change by staff or by an API key is written here, with pseudonymous ids only."
    list_display = ("moment", "who", "action", "target", "said", "shown_seal")
    list_display_links = None
    list_filter = (("action", AllValuesCheckboxFilter), ("at", RangeDateTimeFilter))
    search_fields = ("action", "target", "actor")
    search_help_text = "Action, target or actor"
    list_before_template = "console/privacy/audit_head.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().changelist_view(request, {**_seal_state(), **(extra_context or {})})
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            records = list(context["cl"].result_list)
            tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
            names = names_of([r.actor for r in records], tenant.pk if tenant else None)
            seals = _seals_of([r.pk for r in records])
            for record in context["cl"].result_list:
                record.who = names.get(record.actor) or _unnamed(record.actor)
                record.seal = seals.get(record.pk)
        return response

    @display(description="When", ordering="at")
    def moment(self, record: AuditRecord) -> SafeString:
        return format_html('<time class="nowrap" datetime="{}">{}</time>', record.at.isoformat(), record.at)

    @display(description="Who", ordering="actor")
    def who(self, record: Any) -> str:
        return record.who

    @display(description="Details")
    def said(self, record: AuditRecord) -> str:
        parts = (f"{name}: {_text(value)}" for name, value in record.details.items())
        return ", ".join(parts) or "–"

    @display(description="Seal")
    def shown_seal(self, record: Any) -> str | SafeString:
        if record.seal is None:
            return format_html('<span class="pill" title="{}">waits</span>', "Sealed within a minute")
        return str(record.seal)


def verify(request: HttpRequest) -> HttpResponse:
    """One step of a check; the fragment asks for the next one until it is done."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    trail = _trail(request)
    before = _read(request.session.get(_STATE)) if "on" in request.POST else Check()
    found, done = advance(trail.schema, trail.tenant_id, before, seconds=STEP_SECONDS)
    if done:
        request.session.pop(_STATE, None)
        actor = audit.staff(request.user)
        audit.record(
            "audit trail verified", "audit:trail", actor, seals=found.seals, problems=len(found.problems)
        )
    else:
        request.session[_STATE] = _write(found)
    total = AuditSeal.objects.count()
    return render(
        request,
        "console/privacy/audit_check.html",
        {
            "check": found,
            "done": done,
            "share": round(100 * found.seals / total) if total else 100,
            "shown": found.problems[:PROBLEMS_KEPT],
            "head": f"{found.head[0]}:{found.head[1].hex()}",
        },
    )


def export(request: HttpRequest) -> Any:
    trail = _trail(request)
    audit.record("audit trail exported", "audit:trail", audit.staff(request.user))
    name = f"attune-audit-{trail.name}-{dt.datetime.now(dt.UTC):%Y-%m-%d}.ndjson"
    return StreamingHttpResponse(
        lines(trail.schema, trail.tenant_id, trail.name),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _trail(request: HttpRequest) -> Whose:
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    return (
        Whose(tenant.schema_name, tenant.pk, tenant.slug) if tenant else Whose(PUBLIC, OPERATOR, "operator")
    )


def _seal_state() -> dict[str, Any]:
    last = AuditSeal.objects.order_by("-number").defer("leaves", "record_ids").first()
    return {"last_seal": last, "unsealed": AuditUnsealed.objects.count()}


def _unnamed(actor: str) -> str:
    """Who is gone, or has no name: a deleted key, the system, the person themselves."""
    kind, _, number = actor.partition(":")
    return {"user": f"User {number}", "key": f"API key {number}"}.get(kind, actor.capitalize())


def _seals_of(ids: list[int]) -> dict[int, int]:
    """Record → number of the seal that holds it."""
    if not ids:
        return {}
    near = AuditSeal.objects.filter(last_id__gte=min(ids), first_id__lte=max(ids))
    wanted = set(ids)
    return {
        record: number
        for number, held in near.values_list("number", "record_ids")
        for record in held
        if record in wanted
    }


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _write(check: Check) -> dict[str, Any]:
    return {
        "problems": [(p.kind, p.seal, p.record, p.text) for p in check.problems[:PROBLEMS_KEPT]],
        "seals": check.seals,
        "records": check.records,
        "head": (check.head[0], check.head[1].hex()),
        "at": check.last_sealed_at.isoformat() if check.last_sealed_at else None,
    }


def _read(state: Any) -> Check:
    if not isinstance(state, dict):
        return Check()
    number, digest = state["head"]
    return Check(
        tuple(Problem(*problem) for problem in state["problems"]),
        state["seals"],
        state["records"],
        head=(number, bytes.fromhex(digest)),
        last_sealed_at=dt.datetime.fromisoformat(state["at"]) if state["at"] else None,
    )


for site in (tenant_site, operator_site):
    site.register(AuditRecord, AuditAdmin)
    site.page("audit/verify/", verify, name="audit_verify", permission="workspace.view_auditrecord")
    site.page("audit/export/", export, name="audit_export", permission="workspace.view_auditrecord")
