"""Links of a rendered message led through us, a picture that tells of its opening, a way to unsubscribe."""

from __future__ import annotations

import re
from html import escape, unescape

from . import links
from .links import MOST_LINKS

_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)("([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def lead_through(html: str, base: str, tenant_id: int, message_id: int) -> tuple[str, list[str]]:
    """The HTML with its web links replaced by ours, and where each of them leads (the same address is one link)."""
    found: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        target = unescape(match[3] if match[3] is not None else match[4]).strip()
        if not target.lower().startswith(("http://", "https://")) or target.startswith(f"{base}/m/"):
            return match[0]
        if target not in found:
            if len(found) == MOST_LINKS:
                return match[0]
            found.append(target)
        ours = links.url(base, tenant_id, links.CLICK, message_id, found.index(target))
        return f'{match[1]}"{escape(ours)}"'

    return _HREF.sub(replaced, html), found


def with_open_picture(html: str, base: str, tenant_id: int, message_id: int) -> str:
    address = links.url(base, tenant_id, links.OPEN, message_id)
    return _before_end(html, f'<img src="{escape(address)}" width="1" height="1" alt="" style="border:0">')


def with_unsubscribe(html: str, address: str, shop: str) -> str:
    """The HTML with a way to unsubscribe, if its author put none there."""
    if address in unescape(html):
        return html
    foot = (
        '<p style="font-size:12px;color:#666;margin-top:32px">You get this because you agreed to messages from '
        f'{escape(shop)}. <a href="{escape(address)}" style="color:#666">Unsubscribe</a></p>'
    )
    return _before_end(html, foot)


def _before_end(html: str, part: str) -> str:
    ends = list(_BODY_END.finditer(html))
    if not ends:
        return html + part
    return html[: ends[-1].start()] + part + html[ends[-1].start() :]
