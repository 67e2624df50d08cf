"""The builder's rows of variants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ..services import VariantDraft
from ..subjects import VariantField, cleaned
from .inputs import number, percent, select

LEAST_VARIANTS, MOST_VARIANTS = 2, 6
NEW_VARIANTS = [
    {"name": _("As it is"), "weight": 50, "is_control": True},
    {"name": _("New"), "weight": 50},
]


class VariantForm(forms.Form):
    """A variant; what it may change comes from the subject, as fields named change_…"""

    key = forms.CharField(required=False, widget=forms.HiddenInput())
    name = forms.CharField(label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget())
    weight = percent("0", "100", label=_("Share, %"))

    def __init__(self, *args: Any, changes: list[VariantField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changes = changes
        for change in changes:
            if change.kind == "number":
                field: forms.Field = number(change.least, change.most, required=False)
                field.widget.attrs["placeholder"] = _("as it is")
            else:
                field = select(required=False, choices=[("", _("as it is")), *change.choices])
            field.label, field.help_text = change.label, change.help
            self.fields[f"change_{change.name}"] = field

    @property
    def change_fields(self) -> list[Any]:
        return [self[f"change_{change.name}"] for change in self.changes]

    def draft(self, *, is_control: bool, with_changes: bool) -> VariantDraft:
        data = self.cleaned_data
        given = {change.name: data.get(f"change_{change.name}") for change in self.changes}
        return VariantDraft(
            name=data["name"].strip(),
            weight=data["weight"],
            is_control=is_control,
            payload=cleaned(self.changes, given) if with_changes else {},
            key=data.get("key", ""),
        )


class BaseVariants(forms.BaseFormSet):
    """All variants; the control is the one whose number the radio button `control` sends."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_few_forms": _("Compare at least two variants."),
        "too_many_forms": _("At most six variants can be compared at once."),
    }

    @property
    def control(self) -> int:
        value = self.data.get("control", "") if self.is_bound else ""
        if value.isdigit():
            return int(value)
        return next((i for i, row in enumerate(self.initial or []) if row.get("is_control")), 0)

    def kept(self) -> list[Any]:
        """Without those that were taken out, and those that were added and left empty."""
        return [
            form
            for form in self.forms
            if not getattr(form, "cleaned_data", {}).get("DELETE")
            and (form.has_changed() or not form.empty_permitted)
        ]

    def clean(self) -> None:
        forms_kept = self.kept()
        if any(form.errors for form in forms_kept):
            return
        total = sum((form.cleaned_data.get("weight", Decimal(0)) for form in forms_kept), Decimal(0))
        if total != 100:
            raise ValidationError(
                _("The shares sum to %(total)s %%; they must sum to 100 %%."),
                params={"total": f"{total.normalize():f}"},
            )
        names = [form.cleaned_data["name"].strip().casefold() for form in forms_kept]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two variants have the same name."))
        if self.control >= len(self.forms) or self.forms[self.control] not in forms_kept:
            raise ValidationError(_("Say which variant is the control."))


VariantFormSet = forms.formset_factory(
    VariantForm,
    formset=BaseVariants,
    extra=0,
    can_delete=True,
    min_num=LEAST_VARIANTS,
    max_num=MOST_VARIANTS,
    validate_min=True,
    validate_max=True,
)
