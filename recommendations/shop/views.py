"""Pages of the shop window."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Item
from catalog.tiles import tile
from tenants.models import Tenant
from tenants.tokens import sign_shopper_token

from .. import traces
from ..admin.decision_view import story
from ..models import Decision
from . import households, shelf
from .chosen import CHOSEN

View = Callable[..., HttpResponse]
PAGE = 24


def shop(view: View) -> View:
    """Only where the tenant has the shop window."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _tenant(request).settings.get("shop"):
            raise Http404("This tenant has no shop window.")
        return view(request, *args, **kwargs)

    return guarded


@require_GET
@shop
def home(request: HttpRequest) -> HttpResponse:
    return _page(request, "shop/home.html", departments=shelf.departments(_tenant(request)))


@require_GET
@shop
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    items = shelf.search(text) if text else Item.objects.none()
    return _list(request, items, heading=text, query=text)


@require_GET
@shop
def category(request: HttpRequest) -> HttpResponse:
    path = request.GET.get("in", "").strip()
    if not path:
        return HttpResponseRedirect(reverse("shop:home"))
    trail = path.split(" > ")
    above = [(name, " > ".join(trail[: n + 1])) for n, name in enumerate(trail)]
    return _list(
        request, shelf.department(path), heading=trail[-1], path=path, above=above, aisles=shelf.aisles(path)
    )


@require_GET
@shop
def item(request: HttpRequest, item_id: str) -> HttpResponse:
    shown = get_object_or_404(Item.objects.prefetch_related("variants"), external_id=item_id)
    trail = shown.category.split(" > ") if shown.category else []
    above = [(name, " > ".join(trail[: n + 1])) for n, name in enumerate(trail)]
    return _page(request, "shop/item.html", item=shown, above=above)


@require_GET
@shop
def shoppers(request: HttpRequest) -> HttpResponse:
    """The part of the switcher that changes as one searches."""
    tenant, text = _tenant(request), request.GET.get("q", "").strip()
    found = households.found(tenant, text) if text else households.suggested(tenant)
    return render(
        request,
        "shop/parts/shoppers.html",
        {"found": found, "text": text, "next": request.GET.get("next", "")},
    )


@require_POST
@shop
def choose(request: HttpRequest) -> HttpResponse:
    """Become a shopper, or nobody in particular."""
    user_id = request.POST.get("user_id", "").strip()
    if user_id:
        match = households.found(_tenant(request), user_id)
        if not match:
            raise Http404("There is no such shopper.")
        request.session[CHOSEN] = {"user_id": match[0].user_id, "story": match[0].story}
    else:
        request.session.pop(CHOSEN, None)
    following = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(following if safe else reverse("shop:home"))


@require_GET
@shop
def why(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """What made one item come up, from the decision's trace."""
    decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None:
        # It may still be on its way from Valkey.
        traces.drain()
        decision = get_object_or_404(Decision, pk=decision_id)
    told = story(decision.trace)
    item_id = request.GET.get("item", "")
    row = next((row for row in told.rows if row.item_id == item_id), None)
    return render(
        request,
        "shop/parts/why.html",
        {"decision": decision, "story": told, "row": row, "trace": decision.trace},
    )


@require_GET
@cache_control(max_age=86_400, public=True)
def tile_svg(request: HttpRequest) -> HttpResponse:
    """The drawn tile of a category, for cards that a script makes."""
    svg = tile(request.GET.get("category", "")[:300], roomy=True).replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1
    )
    return HttpResponse(svg, content_type="image/svg+xml")


def _list(request: HttpRequest, items: Any, **context: Any) -> HttpResponse:
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    return _page(request, "shop/list.html", page=page, **context)


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """The merchant's server: it knows who is signed in and vouches for them with a signed token."""
    tenant = _tenant(request)
    chosen = request.session.get(CHOSEN)
    config = {
        "key": tenant.settings.get("shop_publishable_key", ""),
        "user_id": chosen["user_id"] if chosen else None,
        "token": sign_shopper_token(tenant, chosen["user_id"]) if chosen else None,
        "tile": reverse("shop:tile"),
        "item": reverse("shop:item", args=["ITEM"]),
        "why": reverse("shop:why", args=[uuid.UUID(int=0)]),
        "currency": tenant.currency,
    }
    return render(request, template, {"tenant": tenant, "shopper": chosen, "config": config, **context})


def _tenant(request: HttpRequest) -> Tenant:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
