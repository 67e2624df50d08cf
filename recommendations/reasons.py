"""Why an item is shown, in words a shopper accepts. Only what really decided may be said."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

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


def sentence(kind: str, *, gap_days: float = 0.0, title: str = "", language: str | None = None) -> str:
    """The sentence for a kind of reason; "" when there is nothing true to say. ``gap_days``: 0 when not known.

    ``language``: the active one, for who asks many times in a row.
    """
    language = language or get_language()
    if kind == "repurchase":
        return _repurchase(language, round(gap_days, 1))
    pattern = _pattern(language, kind)
    return pattern % {"title": title} if title or kind in _FIXED else ""


# A translation takes longer than all the rest of a sentence, and there are few different ones.
@lru_cache(maxsize=10_000)
def _repurchase(language: str | None, gap_days: float) -> str:
    return (
        _("You buy this %(often)s") % {"often": often(gap_days)} if gap_days else _("You bought this before")
    )


@lru_cache(maxsize=1_000)
def _pattern(language: str | None, kind: str) -> str:
    return str(_FIXED[kind]).replace("%", "%%") if kind in _FIXED else str(_ABOUT.get(kind, ""))


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
