"""A template and a shopper become a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import links, tracking
from .items import MOST, ids_in, items_of
from .liquid import render
from .plain import text_of
from .recommendations_tag import Recommender, recommending


class Template(Protocol):
    """A MessageTemplate, or the fields of one that is being edited."""

    subject: str
    html: str
    text: str
    channel: str
    kind: str


@dataclass(frozen=True, slots=True)
class Shop:
    """The sender: tenant, name, and the address of its pages without a slash at the end."""

    tenant_id: int
    name: str
    url: str
    currency: str = ""


@dataclass(slots=True)
class Rendered:
    """What goes out. `links`: where each tracked link leads. `headers`: for e-mail."""

    subject: str
    text: str
    html: str = ""
    links: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def render_message(
    template: Template,
    shop: Shop,
    *,
    traits: Mapping[str, Any],
    features: Mapping[str, Any],
    computed: Mapping[str, Any],
    event: Mapping[str, Any],
    recommender: Recommender | None,
    message_id: int | None,
    schema: str = "",
    cart: Sequence[str] = (),
) -> Rendered:
    """Fill the template in. Raises `liquid.BrokenTemplate`.

    `computed`: the shopper's computed traits by key. `schema`: of the tenant, for items that templates name; `cart`: ids of those in the shopper's cart. `message_id`: whose
    links are tracked; None for a preview, whose links lead straight to their targets and whose way to unsubscribe leads
    nowhere.
    """
    leave = f"{shop.url}/m/u/preview"
    if message_id is not None:
        leave = links.url(shop.url, shop.tenant_id, links.UNSUBSCRIBE, message_id)
    about = _items(template, "event.items", ids_in(event), shop, schema)
    inside = _items(template, "cart.items", cart, shop, schema)
    values = {
        "shopper": {**traits, "features": dict(features), "traits": dict(computed)},
        "event": {"name": event.get("name", ""), **(event.get("properties") or {}), "items": about},
        "cart": {"items": inside},
        "shop": {"name": shop.name, "url": shop.url, "currency": shop.currency},
        "unsubscribe_url": leave,
    }
    # One decision for subject, HTML and text: they are parts of one message.
    with recommending(_once(recommender) if recommender else None):
        subject = " ".join(render(template.subject, values, html=False).split())
        html = render(template.html, values, html=True) if template.html.strip() else ""
        text = render(template.text, values, html=False).strip() if template.text.strip() else ""
    result = Rendered(subject[:300], text, html)
    if template.channel == "email":
        _finish_email(result, template, shop, leave, message_id)
    elif not result.text:
        result.text = text_of(html)
    return result


def mentions(template: Template, name: str) -> bool:
    """Whether a template shows this value, such as "cart.items"."""
    return any(name in part for part in (template.subject, template.html, template.text))


def _items(
    template: Template, name: str, ids: Sequence[str], shop: Shop, schema: str
) -> list[dict[str, Any]]:
    """The items of that name as templates show them; looked up only for templates that do."""
    if not schema or not mentions(template, name):
        return []
    return items_of(schema, [key for key in ids if key][:MOST], shop.url, shop.currency)


def _finish_email(
    result: Rendered, template: Template, shop: Shop, leave: str, message_id: int | None
) -> None:
    marketing = template.kind == "marketing"
    if marketing and result.html:
        result.html = tracking.with_unsubscribe(result.html, leave, shop.name)
    if not result.text:
        result.text = text_of(result.html)
    elif marketing and leave not in result.text:
        result.text = f"{result.text}\n\nUnsubscribe: {leave}"
    if marketing:
        # RFC 2369 and RFC 8058: mail programs show a button, which posts without a page.
        result.headers["List-Unsubscribe"] = f"<{leave}>"
        result.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if message_id is not None and result.html:
        result.html, result.links = tracking.lead_through(result.html, shop.url, shop.tenant_id, message_id)
        result.html = tracking.with_open_picture(result.html, shop.url, shop.tenant_id, message_id)


def _once(recommender: Recommender) -> Recommender:
    """The same question within one message has the same answer, and makes one decision."""
    known: dict[tuple[str, int], Any] = {}

    def ask(placement: str, limit: int) -> Any:
        if (placement, limit) not in known:
            known[placement, limit] = recommender(placement, limit)
        return known[placement, limit]

    return ask
