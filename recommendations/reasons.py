"""Why an item is shown, in words a shopper accepts. Only what really decided may be said."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def sentence(kind: str, *, gap_days: float | None = None, titles: list[str] | None = None) -> str:
    """The sentence for a kind of reason; "" when there is nothing true to say."""
    title = next((t for t in titles or [] if t), "")
    if kind == "repurchase":
        return (
            _("You buy this %(often)s") % {"often": often(gap_days)}
            if gap_days
            else _("You bought this before")
        )
    fixed = {
        "viewed": _("You looked at this"),
        "popular": _("Popular with our shoppers"),
        "trending": _("Popular right now"),
        "item": _("A good match at this price"),
        "cart": _("Goes with what is in your cart"),
        "pinned": _("Chosen by our team"),
    }
    if kind in fixed:
        return fixed[kind]
    about_item = {
        "bought_together": _("Often bought with %(title)s"),
        "similar": _("Similar to %(title)s"),
        "taste": _("Because you choose things like %(title)s"),
    }
    return about_item[kind] % {"title": title} if title and kind in about_item else ""


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
    words = [_("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine")]
    return words[n - 2] if 2 <= n <= 9 else str(n)
