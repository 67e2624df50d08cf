"""API keys: made and shown once, rotated with overlap, revoked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, operator_site, tenant_site

from ..keys import create_key, revoke_key, rotate_key
from ..models import ApiKey
from ..tokens import token_secret
from .key_forms import NewKeyForm, OperatorKeyForm, RotateForm


class KeyAdmin(ConsoleAdmin):
    room, plural, singular = "Settings", "Keys", "key"
    empty_title = "No key yet"
    empty_hint = (
        "A publishable key for the web shop's pages, a secret key for your server: make one to begin."
    )
    list_display: tuple[str, ...] = ("name", "shown_kind", "shown_hint", "shown_scopes", "used", "state")
    list_filter: tuple[Any, ...] = (("kind", ChoicesDropdownFilter),)
    search_fields: tuple[str, ...] = ("name", "hint")
    search_help_text = "Name or first characters"
    actions = None
    form_class: type[NewKeyForm] = NewKeyForm
    change_form_template = "console/key.html"
    fields = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A key is revoked, never forgotten: the audit trail names it.
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "tenants_apikey"
        own = [
            path("<int:pk>/rotate/", wrap(require_POST(self.rotate)), name=f"{name}_rotate"),
            path("<int:pk>/revoke/", wrap(require_POST(self.revoke)), name=f"{name}_revoke"),
        ]
        return own + super().get_urls()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            key, token = create_key(
                tenant=self.tenant_for(request, data),
                kind=data["kind"],
                name=data["name"],
                scopes=data["scopes"] or None,
                allowed_origins=data["allowed_origins"],
                actor=audit.staff(request.user),
            )
            return self._made(request, key, token)
        return self._page(request, "console/key_new.html", "New key", form=form)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        key = self.get_object(request, object_id) if object_id else None
        context = {"key": key, "rotate_form": RotateForm(), "may_change": self.has_change_permission(request)}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def rotate(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = self._key(request, pk)
        form = RotateForm(request.POST)
        if not form.is_valid() or key.revoked_at:
            messages.error(request, "This key can't be rotated.")
            return redirect("admin:tenants_apikey_change", pk)
        overlap = dt.timedelta(hours=form.cleaned_data["hours"])
        new, token = rotate_key(key, overlap=overlap, actor=audit.staff(request.user))
        return self._made(request, new, token, old=key)

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = self._key(request, pk)
        revoke_key(key, actor=audit.staff(request.user))
        messages.success(request, f"“{key.name}” stops working within two seconds.")
        return redirect("admin:tenants_apikey_changelist")

    def tenant_for(self, request: HttpRequest, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _key(self, request: HttpRequest, pk: int) -> ApiKey:
        if not self.has_change_permission(request):
            raise PermissionDenied
        key = self.get_queryset(request).filter(pk=pk).first()
        if key is None:
            raise Http404("There is no such key.")
        return key

    def _made(self, request: HttpRequest, key: ApiKey, token: str, **more: Any) -> HttpResponse:
        return self._page(request, "console/key_made.html", "Key", key=key, token=token, **more)

    def _page(self, request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
        response = self.page(request, template, title, **more)
        response["Cache-Control"] = "no-store"
        return response

    @display(description="Kind", ordering="kind")
    def shown_kind(self, key: ApiKey) -> SafeString:
        tone = "accent" if key.kind == ApiKey.Kind.SECRET else ""
        return format_html('<span class="pill {}">{}</span>', tone, key.get_kind_display())

    @display(description="Begins with", ordering="hint")
    def shown_hint(self, key: ApiKey) -> SafeString:
        return format_html('<code class="mono nowrap">{}…</code>', key.hint)

    @display(description="May")
    def shown_scopes(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="Last used", ordering="last_used_at")
    def used(self, key: ApiKey) -> SafeString | str:
        if key.last_used_at is None:
            return "never"
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', key.last_used_at.isoformat(), key.last_used_at
        )

    @display(description="State")
    def state(self, key: ApiKey) -> SafeString:
        tone, text = "good", "Works"
        if key.revoked_at:
            tone, text = "bad", "Revoked"
        elif key.expires_at and key.expires_at <= timezone.now():
            tone, text = "", "Rotated out"
        elif key.expires_at:
            tone, text = "warn", f"Until {key.expires_at:%d %b %H:%M} UTC"
        return format_html('<span class="pill {}">{}</span>', tone, text)


@admin.register(ApiKey, site=tenant_site)
class TenantKeyAdmin(KeyAdmin):
    list_before_template = "console/keys_head.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).filter(tenant=request.tenant)  # type: ignore[attr-defined]

    def tenant_for(self, request: HttpRequest, data: dict[str, Any]) -> Any:
        return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware


@admin.register(ApiKey, site=operator_site)
class OperatorKeyAdmin(KeyAdmin):
    room = "Tenants"
    form_class = OperatorKeyForm
    list_display = ("name", "tenant", *KeyAdmin.list_display[1:])
    list_filter = (("tenant", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("tenant",)
    search_fields = ("name", "hint", "tenant__name")
    search_help_text = "Name, first characters or tenant"

    def tenant_for(self, request: HttpRequest, data: dict[str, Any]) -> Any:
        return data["tenant"]


def shopper_tokens(request: HttpRequest) -> HttpResponse:
    """The secret that the merchant's server signs shopper tokens with; looking at it is recorded."""
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    audit.record("token secret viewed", f"tenant:{tenant.pk}", audit.staff(request.user))
    response = tenant_site.render(
        request,
        "console/shopper_tokens.html",
        "Shopper tokens",
        [("Settings", None), ("Shopper tokens", None)],
        secret=token_secret(tenant.pk),
    )
    response["Cache-Control"] = "no-store"
    return response


tenant_site.page("shopper-tokens/", shopper_tokens, name="shopper_tokens", permission="tenants.change_apikey")
