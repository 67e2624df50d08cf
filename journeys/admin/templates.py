"""Message templates: an editor with a live preview on a real shopper, and a test to the sandbox inbox."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, tenant_site

from ..models import Campaign, Journey, MessageTemplate
from ..seeds import newsletter
from .preview import preview_of, shopper_named, test_send
from .template_form import TemplateForm


@admin.register(MessageTemplate, site=tenant_site)
class TemplateAdmin(ConsoleAdmin):
    room, plural, singular = "Journeys", "Templates", "template"
    empty_title = "No template yet"
    empty_hint = (
        "A template says what a message says, with the shopper's name and live recommendations in it."
    )
    form = TemplateForm
    list_display = ("name", "shown_channel", "shown_kind", "said", "used_by", "updated_at")
    list_filter = (("channel", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    search_fields = ("name", "subject", "key")
    search_help_text = "Name or subject"
    actions = None
    change_form_outer_after_template = "console/journeys/template_preview.html"
    fieldsets = (
        (None, {"fields": ("name", "channel", "kind", "subject")}),
        ("Body", {"fields": ("html", "text")}),
    )
    compressed_fields = False
    conditional_fields = {
        "subject": "['email', 'push', 'web'].includes(channel)",
        "html": "['email', 'web'].includes(channel)",
    }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(require_POST(self.preview)), name="journeys_template_preview"),
            path("<int:pk>/test/", wrap(require_POST(self.test)), name="journeys_template_test"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            used = _used()
            for row in context["cl"].result_list:
                row.used = used.get(row.key, [])
        return response

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new template begins with a layout, not with an empty page."""
        start = {"subject": "What is new at {{ shop.name }}", "html": newsletter()}
        return {**start, **super().get_changeform_initial_data(request)}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("change") and not self.has_change_permission(request, kwargs.get("obj")):
            # Fields that come and go with the form's values need a form: who may only look has none.
            reader = copy(self)
            reader.conditional_fields = {}
            context["adminform"].model_admin = reader
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A template that a journey or a campaign sends is kept: its messages would have nothing to say.
        if obj is not None and _used().get(obj.key):
            return False
        return super().has_delete_permission(request, obj)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The form as it stands, filled in for a shopper; what is broken, in sentences."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "console/journeys/parts/preview.html", preview_of(request))

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = MessageTemplate.objects.filter(pk=pk).first()
        if template is None:
            raise Http404("There is no such template.")
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        shopper, sentence = shopper_named(request, request.POST.get("preview_for", ""))
        problem = sentence or test_send(request, template, shopper)
        if problem:
            messages.error(request, problem)
        else:
            audit.record("test message sent", f"template:{pk}", audit.staff(request.user))
            inbox = reverse("admin:journeys_inboxmessage_changelist")
            messages.success(request, format_html('It is in the <a href="{}">inbox</a>.', inbox))
        return redirect("admin:journeys_messagetemplate_change", pk)

    @display(description="Channel", ordering="channel")
    def shown_channel(self, template: MessageTemplate) -> str:
        return template.get_channel_display()

    @display(description="Purpose", ordering="kind")
    def shown_kind(self, template: MessageTemplate) -> SafeString:
        marketing = template.kind == MessageTemplate.Kind.MARKETING
        return format_html('<span class="pill">{}</span>', "Marketing" if marketing else "Transactional")

    @display(description="Subject", ordering="subject")
    def said(self, template: MessageTemplate) -> str:
        return template.subject or template.text[:60] or "–"

    @display(description="Used by")
    def used_by(self, template: Any) -> str:
        return ", ".join(template.used[:3]) + (" …" if len(template.used) > 3 else "") or "–"


def _used() -> dict[str, list[str]]:
    """Template key → what sends it: journeys by draft or live version, archived ones aside, and campaigns."""
    used: dict[str, list[str]] = {}
    for key, name in Campaign.objects.order_by("name").values_list("template__key", "name"):
        used.setdefault(key, []).append(name)
    journeys = Journey.objects.exclude(status=Journey.Status.ARCHIVED).select_related("live_version")
    for journey in journeys:
        graphs = [journey.draft, journey.live_version.graph if journey.live_version else {}]
        keys = {
            node["config"].get("template")
            for graph in graphs
            for node in graph.get("nodes", [])
            if node.get("type") == "send"
        }
        for key in keys:
            if key:
                used.setdefault(str(key), []).append(journey.name)
    return used
