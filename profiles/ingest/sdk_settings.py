"""GET /v1/projects/KEY/settings: what analytics.js and the mobile SDKs fetch before they send anything.

They get what Segment's CDN would say of a source with no destination in the device: send everything here. The answer
names the host that was asked, so that an app needs to be told one host only.
"""

from __future__ import annotations

import re

import orjson
from django.http import HttpRequest, HttpResponse

from tenants import auth
from tenants.api import require
from tenants.problems import Problem

from .counting import count
from .views import as_door

# How long an app may keep the answer: it changes when we do, not when a merchant works.
FRESH_SECONDS = 300
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


def sdk_settings(request: HttpRequest, write_key: str) -> HttpResponse:
    """The settings of a publishable key; 401 for keys that don't work, 403 for secret ones."""
    if request.method not in ("GET", "HEAD"):
        raise Problem(
            405, "method_not_allowed", "Settings are read with GET.", headers={"Allow": "GET, HEAD, OPTIONS"}
        )
    scope = request.scope = auth.authenticate(request, write_key)  # type: ignore[attr-defined]
    if scope.kind != "publishable":
        raise Problem(
            403,
            "secret_key_in_app",
            "This is a secret key: whoever has the app or the page could read it. Use a publishable key there.",
        )
    require(scope, "ingest")
    count(scope, 0)
    integration: dict[str, object] = {
        "apiKey": write_key,
        "apiHost": f"{_host(request)}/v1",
        "protocol": "https" if request.is_secure() else "http",
        "versionSettings": {"componentTypes": ["browser"]},
        "addBundledMetadata": True,
        "unbundledIntegrations": [],
        "bundledConfigIds": [],
        "unbundledConfigIds": [],
        "maybeBundledConfigIds": {},
    }
    settings = {
        "integrations": {"Segment.io": integration},
        # Every event is wanted, also those that nobody planned.
        "plan": {name: {"__default": {"enabled": True}} for name in ("track", "identify", "group")},
        "edgeFunction": {},
        "enabledMiddleware": {},
        "middlewareSettings": {"routingRules": []},
        "analyticsNextEnabled": True,
        "legacyVideoPluginsEnabled": False,
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
        "autoInstrumentation": {},
    }
    answer = HttpResponse(orjson.dumps(settings), content_type="application/json")
    answer["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    return answer


as_door(sdk_settings)


def _host(request: HttpRequest) -> str:
    """The host as the app called it. The API answers on any, so that Django's list of hosts is not asked."""
    host: str = request.META.get("HTTP_HOST", "")
    if _HOST.fullmatch(host):
        return host
    raise Problem(400, "invalid_host", "The request names no host.")
