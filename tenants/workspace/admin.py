"""The staff of a tenant (on the operator's host: the operators)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from tenants.console import ConsoleAdmin, operator_site, tenant_site

from .models import User
from .roles import ROLES

ROLE_HELP = _(
    "Owner: everything. Marketer: catalogue, rules, journeys. Analyst: reads, runs experiments. "
    "Developer: events, keys, health. Compliance officer: privacy requests and the audit trail."
)


class RoleField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name).capitalize()


def _role_field() -> RoleField:
    return RoleField(
        queryset=Group.objects.filter(name__in=ROLES), widget=UnfoldAdminSelectWidget(), help_text=ROLE_HELP
    )


class TeammateForm(UserChangeForm):
    role = _role_field()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "time_zone", "is_active", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields and self.instance.pk:
            self.fields["role"].initial = self.instance.groups.first()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        role = data.get("role")
        stays = data.get("is_active", True) and (role is None or role.name == "owner")
        if not stays and _is_last_owner(self.instance):
            raise ValidationError(_("This is the last owner: make somebody else an owner first."))
        return data


class NewTeammateForm(UserCreationForm):
    role = _role_field()

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name")


class _People(ConsoleAdmin, UserAdmin):  # type: ignore[misc]  # both are ModelAdmin; ours comes first
    form = TeammateForm
    add_form = NewTeammateForm
    change_password_form = AdminPasswordChangeForm
    list_display: tuple[str, ...] = ("shown_name", "email", "shown_role", "shown_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "Name or e-mail"
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for user in queryset:
            self.delete_model(request, user)

    @display(description="Name", ordering="username")
    def shown_name(self, user: User) -> str:
        return user.get_full_name() or user.username

    @display(description="Role")
    def shown_role(self, user: User) -> str:
        return ", ".join(group.name.capitalize() for group in user.groups.all()) or "–"

    @display(description="State", ordering="is_active")
    def shown_active(self, user: User) -> SafeString:
        on = user.is_active
        return format_html('<span class="pill {}">{}</span>', "good" if on else "", "Active" if on else "Off")


@admin.register(User, site=tenant_site)
class TeamAdmin(_People):
    room, plural, singular, counted = "Settings", "Team", "teammate", "teammates"
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email", "time_zone")}),
        ("Access", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "email", "first_name", "last_name", "role", "password1", "password2")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "role" in form.cleaned_data:
            form.instance.groups.set([form.cleaned_data["role"]])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.pk == request.user.pk or _is_last_owner(obj)):
            return False
        return super().has_delete_permission(request, obj)


@admin.register(User, site=operator_site)
class OperatorAdmin(_People):
    room, plural, singular = "Settings", "Operators", "operator"
    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ("shown_name", "email", "shown_active", "last_login")
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email", "is_active")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser = True
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Switched off, not deleted: what refers to staff lies in tables that only tenants have.
        return False


def _is_last_owner(user: User) -> bool:
    owners = User.objects.filter(groups__name="owner", is_active=True)
    return bool(user.pk) and owners.filter(pk=user.pk).exists() and owners.count() == 1
