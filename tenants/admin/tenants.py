"""The operator's page of tenants: create, suspend, resume, offboard."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from tenants import audit, keyring, provisioning
from tenants.console import ConsoleAdmin, operator_site

from ..models import Domain, Plan, Tenant
from .overview import contents, figures

_TONE = {"active": "good", "suspended": "warn", "offboarding": "bad"}
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class NewTenantForm(forms.Form):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget())
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Lower-case letters, digits and hyphens. It names the schema and begins the keys."),
    )
    host = forms.CharField(
        max_length=253,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Where console and API answer, such as shop.example.com."),
    )
    plan = forms.ModelChoiceField(queryset=Plan.objects.order_by("name"), widget=UnfoldAdminSelectWidget())
    region = forms.ChoiceField(choices=[("eu", "EU"), ("us", "US")], widget=UnfoldAdminSelectWidget())

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].lower()
        if Tenant.objects.filter(slug=slug).exists():
            raise ValidationError(_("There is a tenant with this short name."))
        return slug

    def clean_host(self) -> str:
        host = self.cleaned_data["host"].strip().lower()
        if not _HOST.fullmatch(host):
            raise ValidationError(_("This is not a host name."))
        if Domain.objects.filter(domain=host).exists():
            raise ValidationError(_("Another tenant answers on this host."))
        return host


@admin.register(Tenant, site=operator_site)
class TenantAdmin(ConsoleAdmin):
    room, plural, singular = "Tenants", "Tenants", "tenant"
    empty_title = "No tenant yet"
    empty_hint = "A tenant is a merchant with a console, a catalogue, shoppers and keys of its own. Making one takes a second."
    list_display = (
        "name",
        "hosts",
        "plan",
        "region",
        "shoppers",
        "items",
        "facts",
        "size",
        "health",
        "shown_status",
    )
    list_filter = (("status", ChoicesDropdownFilter), ("plan", RelatedDropdownFilter), "region")
    list_select_related = ("plan",)
    search_fields = ("name", "slug", "domains__domain")
    search_help_text = "Name, short name or host"
    actions = None
    fields = ("name", "plan", "currency", "time_zone")
    change_form_outer_before_template = "console/tenant_head.html"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            names = sorted(available_timezones() - {"localtime", "Factory"})
            return forms.ChoiceField(
                label=_("Time zone"),
                choices=[(name, name.replace("_", " ")) for name in names],
                widget=UnfoldAdminSelectWidget(),
                help_text=_("A day runs from midnight to midnight here: in features, segments and reports."),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Offboarding deletes, with a preview.
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/suspend/", wrap(require_POST(self.suspend)), name="tenant_suspend"),
            path("<int:pk>/resume/", wrap(require_POST(self.resume)), name="tenant_resume"),
            path("<int:pk>/offboard/", wrap(self.offboard), name="tenant_offboard"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = list(context["cl"].result_list)
            found = figures(rows)
            domains: dict[int, list[str]] = {}
            for domain in Domain.objects.filter(tenant__in=rows).order_by("-is_primary", "domain"):
                domains.setdefault(domain.tenant_id, []).append(domain.domain)
            for row in rows:
                row.figures, row.host_names = found[row.pk], domains.get(row.pk, [])
            context["cl"].result_list = rows
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewTenantForm(request.POST or None, initial={"plan": Plan.objects.first()})
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            tenant = provisioning.create_tenant(
                data["slug"],
                data["name"],
                plan=data["plan"],
                hosts=[data["host"]],
                region=data["region"],
                actor=audit.staff(request.user),
            )
            messages.success(request, f"{tenant.name} is ready on {data['host']}.")
            return redirect("admin:tenants_tenant_change", tenant.pk)
        return self.page(request, "console/tenant_new.html", "New tenant", form=form)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        tenant = self.get_object(request, object_id) if object_id else None
        if tenant is not None:
            extra_context = {
                "tenant": tenant,
                "figures": figures([tenant])[tenant.pk],
                "domains": tenant.domains.order_by("-is_primary", "domain"),
                "tone": _TONE[tenant.status],
                **(extra_context or {}),
            }
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        keyring.changed()
        if change and "time_zone" in form.changed_data:
            for name in settings.TIME_ZONE_CHANGED:
                import_string(name)(obj)
            messages.info(
                request,
                f"What is counted by the day is counted again by the days of {obj.time_zone}, in the background.",
            )

    def suspend(self, request: HttpRequest, pk: int) -> HttpResponse:
        tenant = self._tenant(request, pk)
        provisioning.suspend(tenant, actor=audit.staff(request.user))
        messages.success(request, f"{tenant.name} stops answering within two seconds. Nothing was deleted.")
        return redirect("admin:tenants_tenant_change", pk)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        tenant = self._tenant(request, pk)
        provisioning.resume(tenant, actor=audit.staff(request.user))
        messages.success(request, f"{tenant.name} answers again.")
        return redirect("admin:tenants_tenant_change", pk)

    def offboard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A preview of what goes; then, with the short name typed in, all of it."""
        tenant = self._tenant(request, pk)
        wrong = False
        if request.method == "POST":
            if request.POST.get("confirm", "").strip() == tenant.slug:
                name = tenant.name
                counts = provisioning.offboard(tenant, actor=audit.staff(request.user))
                said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
                messages.success(request, f"{name} is gone: its schema, {said}.")
                return redirect("admin:tenants_tenant_changelist")
            wrong = True
        rows = contents(tenant)
        return self.page(
            request,
            "console/tenant_offboard.html",
            f"Offboard {tenant.name}",
            leaving=tenant,
            rows=rows,
            total=sum(count for _, count in rows),
            wrong=wrong,
        )

    def _tenant(self, request: HttpRequest, pk: int) -> Tenant:
        if not self.has_change_permission(request):
            raise PermissionDenied
        tenant = Tenant.objects.filter(pk=pk).first()
        if tenant is None:
            raise Http404("There is no such tenant.")
        return tenant

    @display(description="Hosts")
    def hosts(self, tenant: Any) -> str:
        return ", ".join(tenant.host_names) or "–"

    @display(description="Shoppers")
    def shoppers(self, tenant: Any) -> str:
        return f"{tenant.figures.profiles:,}"

    @display(description="Items")
    def items(self, tenant: Any) -> str:
        return f"{tenant.figures.items:,}"

    @display(description="Interactions")
    def facts(self, tenant: Any) -> str:
        return f"{tenant.figures.interactions:,}"

    @display(description="Size")
    def size(self, tenant: Any) -> str:
        return f"{tenant.figures.bytes / 1e6:,.0f} MB"

    @display(description="Health")
    def health(self, tenant: Any) -> SafeString:
        return format_html('<span class="pill {}">{}</span>', tenant.figures.state, tenant.figures.said)

    @display(description="Status", ordering="status")
    def shown_status(self, tenant: Tenant) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', _TONE[tenant.status], tenant.get_status_display()
        )
