"""What is asked when a key is made or rotated."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from ..models import ApiKey, Tenant
from ..scope import ALL_SCOPES, PUBLISHABLE_SCOPES

_SCOPES = {
    "ingest": _("send events"),
    "recommend": _("ask for recommendations"),
    "profiles:read": _("read profiles"),
    "profiles:write": _("separate profiles that are two people"),
    "catalog:read": _("read the catalogue"),
    "catalog:write": _("change the catalogue"),
    "decisions:read": _("read decision traces"),
    "plan:read": _("read the tracking plan"),
    "plan:write": _("change the tracking plan"),
    "rules:read": _("read rules"),
    "rules:write": _("change rules"),
    "consents:read": _("read what shoppers agreed to"),
    "consents:write": _("record what shoppers agree to"),
    "experiments:read": _("read results of experiments"),
    "privacy:read": _("read the state of subject requests"),
    "privacy:write": _("send and cancel subject requests"),
}


class NewKeyForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Where it is used, such as “Web shop” or “Order import”."),
    )
    kind = forms.ChoiceField(
        choices=ApiKey.Kind.choices,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Publishable keys may be in a page; secret keys never leave your server."),
    )
    scopes = forms.MultipleChoiceField(
        required=False,
        choices=[(scope, f"{scope}: {_SCOPES[scope]}") for scope in ALL_SCOPES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_(
            "None chosen: everything this kind of key may do. A publishable key may send events, ask for "
            "recommendations, and read and record the consent of the shopper who holds it."
        ),
    )
    allowed_origins = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Browser origins, one a line, such as https://shop.example. Empty means any."),
    )

    def clean_allowed_origins(self) -> list[str]:
        origins = self.cleaned_data["allowed_origins"].split()
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
                raise ValidationError(
                    _("“%(origin)s” is not an origin: it has a scheme and a host, and no path."),
                    params={"origin": origin},
                )
        return origins

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == ApiKey.Kind.PUBLISHABLE and set(data.get("scopes") or ()) - set(
            PUBLISHABLE_SCOPES
        ):
            self.add_error(
                "scopes",
                _(
                    "A publishable key may only send events, ask for recommendations, and speak of its shopper's consent."
                ),
            )
        return data


class OperatorKeyForm(NewKeyForm):
    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.order_by("name"), widget=UnfoldAdminSelectWidget()
    )
    field_order = ("tenant",)


class RotateForm(forms.Form):
    HOURS = (("0", _("at once")), ("1", _("in an hour")), ("24", _("in a day")), ("168", _("in a week")))
    hours = forms.TypedChoiceField(choices=HOURS, coerce=int, initial="24", widget=UnfoldAdminSelectWidget())
