"""The views behind the links of messages. The token is what allows them: no session, no CSRF."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tenants import keyring
from tenants.scope import Scope

from ..delivery.policy import CHANNEL_WORDS
from ..messages import links
from . import leaving
from .sent import Sent, find, note_click, note_open

# One transparent pixel.
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058, section 3.2


@require_safe
@never_cache
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to where the link leads; noted unless only the head was asked for or a browser fetches ahead."""
    scope, sent, link = _named(request, links.CLICK, token)
    targets = sent.content.get("links") or [] if sent else []
    if sent is None or link >= len(targets):
        return _invalid(request)
    ahead = "prefetch" in (request.headers.get("Purpose", "") + request.headers.get("Sec-Purpose", ""))
    if request.method == "GET" and not ahead:
        note_click(scope, sent, link, timezone.now())
    return HttpResponseRedirect(targets[link])


@require_safe
@never_cache
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The picture, whatever the token: a broken image would show in the mail."""
    scope, sent, _ = _named(request, links.OPEN, token)
    if sent is not None and request.method == "GET":
        note_open(scope, sent, timezone.now())
    return HttpResponse(_PIXEL, content_type="image/gif")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a page and changes nothing, as programs follow links; POST leaves at once, or comes back."""
    scope, sent, _ = _named(request, links.UNSUBSCRIBE, token)
    if sent is None:
        return _invalid(request)
    if request.method == "POST":
        if request.POST.get("undo"):
            leaving.come_back(scope, sent)
        else:
            one_click = request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
            source = "one-click unsubscribe" if one_click else "unsubscribe page"
            leaving.leave(scope, sent, source=source, now=timezone.now())
            if one_click:
                return HttpResponse("Unsubscribed.", content_type="text/plain; charset=utf-8")
        return HttpResponseRedirect(reverse("messages:unsubscribe", args=[token]), status=303)
    context: dict[str, Any] = {
        "shop": request.tenant,  # type: ignore[attr-defined]  # HostTenantMiddleware
        "way": CHANNEL_WORDS.get(sent.channel, sent.channel),
        "left": sent.unsubscribed,
    }
    return render(request, "messages/unsubscribe.html", context)


def _named(request: HttpRequest, kind: str, token: str) -> tuple[Scope, Sent | None, int]:
    scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
    read = links.read(scope.tenant_id, kind, token)
    if read is None:
        return scope, None, 0
    return scope, find(scope, read[0]), read[1]


def _invalid(request: HttpRequest) -> HttpResponse:
    return render(request, "messages/invalid_link.html", {"shop": request.tenant}, status=404)  # type: ignore[attr-defined]
