from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.tiles import tile as drawn

register = template.Library()


@register.simple_tag
def tile(item: Any, *, roomy: bool = False) -> SafeString:
    """The item's picture: its own image, else a drawn tile of its category. `item` is an Item or a dict."""
    get = item.get if isinstance(item, dict) else lambda name: getattr(item, name, "")
    if get("image"):
        return format_html('<img src="{}" alt="" loading="lazy">', get("image"))
    return drawn(get("category") or "", roomy=roomy)


@register.simple_tag
def category_tile(category: str) -> SafeString:
    return drawn(category)
