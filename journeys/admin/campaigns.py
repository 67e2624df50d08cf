"""Campaigns: the list, the form, the review before the start, progress and report."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from profiles.models import Segment
from tenants import audit, keyring
from tenants.console import ConsoleAdmin, tenant_site

from ..campaigns import access, services
from ..campaigns.services import BadCampaign
from ..models import Campaign, CampaignMember, Message, MessageTemplate
from . import campaign_page
from .campaign_form import CampaignEntry


@admin.register(Campaign, site=tenant_site)
class CampaignAdmin(ConsoleAdmin):
    room, plural, singular = "Journeys", "Campaigns", "campaign"
    empty_title = "No campaign yet"
    empty_hint = (
        "A campaign sends one message to everybody in a segment, now or at a time. You see how many it would reach "
        "before it starts."
    )
    list_display = ("name", "state", "audience", "message", "progress", "updated_at")
    list_filter = (("status", ChoicesDropdownFilter), ("segment", RelatedDropdownFilter))
    list_select_related = ("segment", "template")
    search_fields = ("name",)
    search_help_text = "Name"
    ordering = ("-updated_at",)
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or access.may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what was sent to whom stays answerable

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/edit/", wrap(self.edit), name="campaign_edit"),
            path("<int:pk>/progress/", wrap(self.progress_part), name="campaign_progress"),
            path("<int:pk>/do/<slug:verb>/", wrap(require_POST(self.do)), name="campaign_do"),
            path("<int:pk>/restrict/", wrap(require_POST(self.restrict)), name="campaign_restrict"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = context["cl"].result_list
            done = _handed([row.pk for row in rows])
            for row in rows:
                row.counts = done.get(row.pk, (0, 0))
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form(request, None)

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(Campaign.objects.select_related("segment", "template"), pk=pk)
        if not access.may_change(request.user, campaign):
            raise PermissionDenied
        return self._form(request, campaign)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        campaign: Any = self.get_object(request, object_id) if object_id else None
        if campaign is None or not self.has_view_permission(request, campaign):
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self._page(
            request, "console/campaigns/page.html", campaign.name, campaign_page.context(request, campaign)
        )

    def progress_part(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        campaign = get_object_or_404(Campaign, pk=pk)
        currency = _tenant(request).currency
        context = {**campaign_page.progress(campaign), "currency": currency, "asked": True}
        return render(request, "console/campaigns/progress.html", context)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        campaign = get_object_or_404(Campaign, pk=pk)
        actor, scope = audit.staff(request.user), keyring.scope_of_tenant(_tenant(request))
        allowed = access.may_change(request.user, campaign)
        if verb == "duplicate":
            allowed = self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied
        try:
            if verb == "start":
                campaign = services.start(scope, campaign, actor=actor)
                later = campaign.status == Campaign.Status.SCHEDULED
                told = (
                    "It is scheduled; until then you may change it or call it off."
                    if later
                    else "It has started."
                )
            elif verb == "pause":
                campaign, told = (
                    services.pause(campaign, actor=actor),
                    "Paused. Nobody else gets it until you resume.",
                )
            elif verb == "resume":
                campaign, told = services.resume(scope, campaign, actor=actor), "It goes on."
            elif verb == "cancel":
                campaign = services.cancel(campaign, actor=actor)
                told = "Cancelled. What had not been sent was taken back."
            elif verb == "duplicate":
                campaign = services.duplicate(campaign, actor=actor, user=request.user)
                told = "This is a draft with the same content."
            else:
                raise PermissionDenied
        except BadCampaign as error:
            messages.error(request, str(error))
        else:
            messages.success(request, told)
        return redirect(_url(campaign))

    def restrict(self, request: HttpRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(Campaign, pk=pk)
        if not access.may_change(request.user, campaign):
            raise PermissionDenied
        chosen = request.POST.getlist("editors")
        users = [user for user in campaign_page.able_editors() if str(user.pk) in chosen]
        access.restrict(campaign, users, actor=audit.staff(request.user))
        messages.success(request, "Saved who may change it.")
        return redirect(_url(campaign))

    def _form(self, request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
        zone = _tenant(request).time_zone
        entry = CampaignEntry(request.POST or None, zone=zone, campaign=campaign)
        error = ""
        if request.method == "POST" and entry.is_valid():
            actor = audit.staff(request.user)
            try:
                with transaction.atomic():
                    if campaign is None:
                        campaign = services.create_campaign(entry.said(), actor=actor, user=request.user)
                    else:
                        campaign = services.change_campaign(campaign, entry.said(), actor=actor)
            except BadCampaign as problem:
                error = str(problem)
                if problem.field in entry.fields:
                    entry.add_error(problem.field, error)
            else:
                messages.success(request, "Saved. Look at the numbers below before you start it.")
                return redirect(_url(campaign))
        context = {
            "entry": entry,
            "campaign": campaign,
            "error": error,
            "zone": zone,
            "no_segment": not Segment.objects.exclude(status="archived").exists(),
            "no_template": not MessageTemplate.objects.filter(kind="marketing").exists(),
        }
        title = f"Edit {campaign.name}" if campaign else "New campaign"
        status = 400 if request.method == "POST" else 200
        return self._page(request, "console/campaigns/form.html", title, context, status=status)

    def _page(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        return self.page(
            request,
            template,
            title,
            status=status,
            opts=self.opts,
            list_url=reverse("admin:journeys_campaign_changelist"),
            **context,
        )

    @display(description="Status", ordering="status")
    def state(self, campaign: Campaign) -> SafeString:
        tone = campaign_page.TONES[campaign.status]
        return format_html('<span class="pill {}">{}</span>', tone, campaign.get_status_display())

    @display(description="Who gets it", ordering="segment__name")
    def audience(self, campaign: Campaign) -> str:
        return campaign.segment.name

    @display(description="What is sent", ordering="template__name")
    def message(self, campaign: Campaign) -> str:
        return campaign.template.name

    @display(description="Sent")
    def progress(self, campaign: Any) -> str:
        sent, audience = campaign.counts
        return f"{sent:,} of {audience:,}" if audience else "–"


def _handed(ids: list[int]) -> dict[int, tuple[int, int]]:
    """Campaign → (messages that went out, audience)."""
    from django.db.models import Count

    sent = Message.objects.filter(campaign_id__in=ids, state__in=("sent", "delivered", "unknown"))
    out = dict(sent.values_list("campaign_id").annotate(n=Count("id")).order_by())
    people = CampaignMember.objects.filter(campaign_id__in=ids)
    size = dict(people.values_list("campaign_id").annotate(n=Count("profile_id")).order_by())
    return {pk: (out.get(pk, 0), size.get(pk, 0)) for pk in ids}


def _url(campaign: Campaign) -> str:
    return reverse("admin:journeys_campaign_change", args=[campaign.pk])


def _tenant(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
