"""The outbox: every message with its state and why; those whose fate is unknown are settled here by a person."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import admin
from django.contrib import messages as notices
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from profiles.admin import people
from profiles.models import Profile
from tenants import audit, keyring
from tenants.console import ReadOnlyAdmin, tenant_site

from ..models import Campaign, Enrolment, Journey, Message, MessageTemplate
from ..services import messages as outbox
from .letters import opened, unfollowed

TONE = {
    "sent": "good", "delivered": "good", "failed": "bad", "unknown": "bad", "delayed": "warn", "sending": "accent",
}  # fmt: skip


@admin.register(Message, site=tenant_site)
class MessageAdmin(ReadOnlyAdmin):
    room, plural, singular = "Journeys", "Messages", "message"
    empty_title = "Nothing has been sent yet"
    empty_hint = "Every message of a journey or campaign shows here, with its state and the reason for it."
    list_display = ("what", "who", "shown_channel", "shown_state", "why", "moment")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    ordering = ("-created_at",)
    search_fields = ("reason",)
    search_help_text = "Exact customer number or e-mail"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        tenant_id = request.tenant.pk  # type: ignore[attr-defined]  # HostTenantMiddleware
        return queryset.filter(profile_id__in=people.find(tenant_id, search_term)), False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/arrived/", wrap(require_POST(self.arrived)), name="journeys_message_arrived"),
            path("<int:pk>/lost/", wrap(require_POST(self.lost)), name="journeys_message_lost"),
            path("<int:pk>/again/", wrap(require_POST(self.again)), name="journeys_message_again"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        unknown = Message.objects.filter(state=Message.State.UNKNOWN)[:1000].count()
        response = super().changelist_view(request, {"unknown": unknown, **(extra_context or {})})
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = context["cl"].result_list
            names = people.names(request, {row.profile_id for row in rows})
            templates = dict(
                MessageTemplate.objects.filter(pk__in={row.template_id for row in rows}).values_list(
                    "pk", "name"
                )
            )
            for row in rows:
                row.shopper = names.get(row.profile_id, "A shopper")
                row.template_name = templates.get(row.template_id, "A template that is gone")
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        message = self.get_object(request, object_id) if object_id else None
        if message is None or not self.has_view_permission(request, message):
            return super().changeform_view(request, object_id, form_url, extra_context)
        template = MessageTemplate.objects.filter(pk=message.template_id).first()
        letter = opened(request, [message]).get(message.pk)
        title = (letter.subject if letter else "") or (template.name if template else "Message")
        return self.page(
            request,
            "console/journeys/message.html",
            title,
            message=message,
            tone=TONE.get(message.state, ""),
            letter=letter,
            html=unfollowed(letter.html) if letter else "",
            template=template,
            shopper=Profile.objects.filter(pk=message.profile_id).first(),
            name=people.names(request, [message.profile_id]).get(message.profile_id, "A shopper"),
            journey=Journey.objects.filter(pk=message.journey_id).first() if message.journey_id else None,
            campaign=Campaign.objects.filter(pk=message.campaign_id).first() if message.campaign_id else None,
            enrolment=Enrolment.objects.filter(pk=message.enrolment_id).first()
            if message.enrolment_id
            else None,
            attempts=list(message.deliveries.all()),
            may_settle=message.state == Message.State.UNKNOWN
            and request.user.has_perm("journeys.change_message"),
        )

    def arrived(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._settle(request, pk, outbox.mark_arrived, "Noted: it arrived.")

    def lost(self, request: HttpRequest, pk: int) -> HttpResponse:
        gone = functools.partial(outbox.mark_arrived, delivered=False)
        return self._settle(request, pk, gone, "Noted: it never arrived.")

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
        return self._settle(request, pk, functools.partial(outbox.send_again, scope), "It is sent again.")

    def _settle(self, request: HttpRequest, pk: int, verb: Any, said: str) -> HttpResponse:
        if not request.user.has_perm("journeys.change_message"):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        if not Message.objects.filter(pk=pk).exists():
            raise Http404("There is no such message.")
        try:
            verb(pk, actor=audit.staff(request.user))
            notices.success(request, said)
        except outbox.NotUnknown as error:
            notices.error(request, str(error))
        return redirect("admin:journeys_message_change", pk)

    @display(description="Message")
    def what(self, message: Any) -> str:
        return message.template_name

    @display(description="To")
    def who(self, message: Any) -> SafeString:
        url = reverse("admin:profiles_profile_change", args=[message.profile_id])
        return format_html('<a href="{}">{}</a>', url, message.shopper)

    @display(description="Channel", ordering="channel")
    def shown_channel(self, message: Message) -> str:
        return message.get_channel_display()

    @display(description="State", ordering="state")
    def shown_state(self, message: Message) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', TONE.get(message.state, ""), message.get_state_display()
        )

    @display(description="Why")
    def why(self, message: Message) -> str:
        return message.reason or "–"

    @display(description="When", ordering="created_at")
    def moment(self, message: Message) -> SafeString:
        at = message.decided_at or message.created_at
        return format_html('<time class="nowrap" datetime="{}">{}</time>', at.isoformat(), at)
