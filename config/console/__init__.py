"""How the two consoles look and what their sidebars hold: the dictionaries that django-unfold reads from settings.

Imported by settings, so nothing here may touch a model; everything else is named by its dotted path.
"""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static

from .navigation import operator_navigation, tenant_navigation

# Petrol on cool grey: white on 600 and 500 on the dark surface both pass WCAG AA for text.
_COLOURS: dict[str, dict[str, str]] = {
    "base": {
        "50": "#f7f8f8",
        "100": "#eef1f1",
        "200": "#dfe4e4",
        "300": "#c4cccd",
        "400": "#97a3a6",
        "500": "#5f6d71",
        "600": "#4a575b",
        "700": "#364246",
        "800": "#222c30",
        "900": "#141c1f",
        "950": "#0c1214",
    },
    "primary": {
        "50": "#eefbf8",
        "100": "#d2f5ec",
        "200": "#a8e9da",
        "300": "#72d6c3",
        "400": "#3fbca8",
        "500": "#25a391",
        "600": "#0f766e",
        "700": "#0d5f5a",
        "800": "#104c49",
        "900": "#123f3d",
        "950": "#042524",
    },
}

_LOOK: dict[str, Any] = {
    "SITE_TITLE": "Attune",
    "SITE_SYMBOL": "graphic_eq",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/favicon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": _COLOURS,
    "STYLES": [lambda request: static("console/console.css")],
    "SCRIPTS": [lambda request: static("console/console.js")],
    "LOGIN": {"image": lambda request: static("console/login.svg")},
}

UNFOLD: dict[str, Any] = {
    **_LOOK,
    "SITE_HEADER": "config.console.branding.tenant_name",
    "SITE_SUBHEADER": "Attune console",
    "DASHBOARD_CALLBACK": "config.console.dashboard.today",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": tenant_navigation},
}

UNFOLD_OPERATOR: dict[str, Any] = {
    **_LOOK,
    "SITE_HEADER": "Attune",
    "SITE_SUBHEADER": "Operator console",
    "DASHBOARD_CALLBACK": "config.console.operator.overview",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": operator_navigation},
}
