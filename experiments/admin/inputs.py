"""Inputs that the builder's forms share, in the theme's look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)


def select(**kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(widget=UnfoldAdminSelectWidget(), **kwargs)


def number(least: int, most: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        min_value=least, max_value=most, widget=UnfoldAdminIntegerFieldWidget(), **kwargs
    )


def percent(least: str, most: str, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=Decimal(least),
        max_value=Decimal(most),
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        **kwargs,
    )
