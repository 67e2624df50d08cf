"""Who may change an experiment, as a form on its page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanSwitchWidget

from .. import services
from ..models import Experiment


class AccessForm(forms.Form):
    restricted = forms.BooleanField(
        label=_("Only the people named below (and owners) may change it"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )
    users = forms.ModelMultipleChoiceField(
        label=_("May change it, whatever their role"),
        queryset=get_user_model().objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    def __init__(self, data: Any = None, *, experiment: Experiment) -> None:
        first = {"restricted": experiment.restricted, "users": services.named_users(experiment)}
        super().__init__(data, initial=first, auto_id="access_%s")
        staff = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("username")
        self.fields["users"].queryset = staff  # type: ignore[attr-defined]
