"""A rule as people fill it in: lists of names instead of JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from catalog.models import Item

from ..models import Rule


class Names(forms.CharField):
    """One name a line (titles and categories may hold commas). Without script it is a plain text area."""

    def __init__(self, picks: str, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "data-picker": picks})
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = (line.strip() for line in str(super().clean(value)).splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def _price(**kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
        **kwargs,
    )


class RuleForm(forms.ModelForm):
    item_ids = Names("item", label=_("Items"), help_text=_("Search by title, or paste item ids, one a line."))
    categories = Names(
        "category", label=_("Categories"), help_text=_("Each with everything below it, such as Produce.")
    )
    brands = Names("brand", label=_("Brands"))
    price_min = _price(label=_("Price from"))
    price_max = _price(label=_("Price to"))

    CONDITIONS = ("item_ids", "categories", "brands", "price_min", "price_max")

    class Meta:
        model = Rule
        fields = ("name", "action", "position", "weight", "placement", "starts_at", "ends_at", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.CONDITIONS:
            if name in self.fields and self.instance.match:
                self.fields[name].initial = self.instance.match.get(name)

    def clean_item_ids(self) -> list[str]:
        wanted = self.cleaned_data["item_ids"]
        known = set(Item.objects.filter(external_id__in=wanted).values_list("external_id", flat=True))
        unknown = [item_id for item_id in wanted if item_id not in known]
        if unknown:
            shown = ", ".join(unknown[:5])
            raise ValidationError(
                ngettext(
                    "The catalogue has no item %(ids)s.", "The catalogue has no items %(ids)s.", len(unknown)
                ),
                params={"ids": shown},
            )
        return wanted

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        match = match_of(data)
        if not match and not self.errors:
            raise ValidationError(
                _("Say what the rule is about: items, categories, brands or a price range.")
            )
        low, high = data.get("price_min"), data.get("price_max")
        if low is not None and high is not None and low > high:
            self.add_error("price_max", _("This is below “Price from”."))
        if data.get("action") == Rule.Action.PIN and not data.get("item_ids"):
            self.add_error("item_ids", _("A pin needs the items to pin, in their order."))
        if data.get("action") in (Rule.Action.BOOST, Rule.Action.BURY) and (data.get("weight") or 0) <= 1:
            self.add_error("weight", _("Take a number above 1: with 2 the score doubles or halves."))
        starts, ends = data.get("starts_at"), data.get("ends_at")
        if starts and ends and starts >= ends:
            self.add_error("ends_at", _("This is before the start."))
        self.instance.match = match
        return data


def match_of(data: dict[str, Any]) -> dict[str, Any]:
    """The conditions that were filled in, as `Rule.match` keeps them."""
    lists = {name: data[name] for name in ("item_ids", "categories", "brands") if data.get(name)}
    prices = {name: float(data[name]) for name in ("price_min", "price_max") if data.get(name) is not None}
    return {**lists, **prices}
