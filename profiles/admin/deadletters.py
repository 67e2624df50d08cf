"""Events that could not be taken: read, mend, send again."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit, keyring
from tenants.console import ReadOnlyAdmin, tenant_site
from tenants.scope import Scope

from ..dead_letters import CannotReplay, discard, read_letter, replay
from ..models import DeadLetter

_TONE = {"open": "warn", "replayed": "good", "discarded": ""}


@admin.register(DeadLetter, site=tenant_site)
class DeadLetterAdmin(ReadOnlyAdmin):
    room, plural, singular = "Shoppers", "Dead letters", "dead letter"
    empty_title = "No dead letters"
    empty_hint = "Events that can't be taken are kept here with the reason, to be mended and sent again."
    list_display = ("shown_reason", "detail", "type", "received", "shown_status")
    list_display_links = ("shown_reason",)
    list_filter = (("status", ChoicesDropdownFilter), ("reason", AllValuesCheckboxFilter))
    search_fields = ("reason", "detail")
    search_help_text = "Reason or detail"
    change_form_template = "console/dead_letter.html"
    fields = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        letter = self.get_object(request, object_id) if object_id else None
        if letter is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            return self._decide(request, letter)
        return super().changeform_view(
            request, object_id, form_url, {**self._page(request, letter), **(extra_context or {})}
        )

    def _page(self, request: HttpRequest, letter: DeadLetter, **more: Any) -> dict[str, Any]:
        try:
            text: str | None = read_letter(_scope(request), letter).decode(errors="replace")
        except CannotReplay:
            text = None
        return {
            **self.crumbs((readable(letter.reason), None)),
            "letter": letter,
            "reason": readable(letter.reason),
            "payload": _pretty(text) if text is not None else None,
            "may_mend": self._may_mend(request),
            **more,
        }

    def _decide(self, request: HttpRequest, letter: DeadLetter) -> HttpResponse:
        if not self._may_mend(request):
            raise PermissionDenied
        actor = audit.staff(request.user)
        if "discard" in request.POST:
            discard(letter, actor=actor)
            messages.success(request, "The event was discarded. It stays here, marked so.")
            return redirect("admin:profiles_deadletter_changelist")
        text = request.POST.get("payload", "")
        try:
            replay(_scope(request), letter, actor=actor, mended=text.encode())
        except CannotReplay as error:
            context = self._page(request, letter, payload=text, refused=str(error))
            request.method = "GET"
            return super().changeform_view(request, str(letter.pk), "", context)
        messages.success(request, "The event was taken; what its messageId has counted already counts once.")
        return redirect("admin:profiles_deadletter_changelist")

    def _may_mend(self, request: HttpRequest) -> bool:
        return request.user.has_perm("profiles.change_deadletter")  # type: ignore[union-attr]  # staff

    @display(description="Reason", ordering="reason")
    def shown_reason(self, letter: DeadLetter) -> str:
        return readable(letter.reason)

    @display(description="Received", ordering="received_at")
    def received(self, letter: DeadLetter) -> SafeString:
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', letter.received_at.isoformat(), letter.received_at
        )

    @display(description="Status", ordering="status")
    def shown_status(self, letter: DeadLetter) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', _TONE.get(letter.status, ""), letter.get_status_display()
        )


def _scope(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware


def readable(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _pretty(text: str) -> str:
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text
