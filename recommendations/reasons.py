"""Why an item is shown, in words a shopper accepts. Only what really decided may be said."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_FIXED = {
    "viewed": gettext_lazy("You looked at this"),
    "popular": gettext_lazy("Popular with our shoppers"),
    "trending": gettext_lazy("Popular right now"),
    "item": gettext_lazy("A good match at this price"),
    "cart": gettext_lazy("Goes with what is in your cart"),
    "pinned": gettext_lazy("Chosen by our team"),
}
_ABOUT = {
    "bought_together": gettext_lazy("Often bought with %(title)s"),
    "similar": gettext_lazy("Similar to %(title)s"),
    "taste": gettext_lazy("Because you choose things like %(title)s"),
}
_NUMBERS = [gettext_lazy(word) for word in ("two", "three", "four", "five", "six", "seven", "eight", "nine")]


def sentence(kind: str, *, gap_days: float | None = None, titles: list[str] | None = None) -> str:
    """The sentence for a kind of reason; "" when there is nothing true to say."""
    title = next((t for t in titles or [] if t), "")
    if kind == "repurchase":
        return (
            _("You buy this %(often)s") % {"often": often(gap_days)}
            if gap_days
            else _("You bought this before")
        )
    if kind in _FIXED:
        return str(_FIXED[kind])
    return str(_ABOUT[kind]) % {"title": title} if title and kind in _ABOUT else ""


def often(days: float) -> str:
    """A gap in days as people say it: "about every three weeks"."""
    if days < 2:
        return _("almost every day")
    if days < 6.5:
        return _("every few days")
    if days < 11:
        return _("about every week")
    if days < 60:
        weeks = max(round(days / 7), 2)
        return ngettext("about every week", "about every %(n)s weeks", weeks) % {"n": _number(weeks)}
    months = max(round(days / 30.4), 2)
    return ngettext("about every month", "about every %(n)s months", months) % {"n": _number(months)}


def _number(n: int) -> str:
    return str(_NUMBERS[n - 2]) if 2 <= n <= 9 else str(n)
