"""Privacy → Consent: how many agreed to what, and the tenant's own reading of consent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from compliance.consent import DEFAULTS, PURPOSES, BadChoice
from compliance.models.consent import Channel, Purpose
from compliance.preferences import CATEGORIES
from tenants import audit
from tenants.console import tenant_site
from tenants.models import Tenant

from ..consent_settings import ConsentSettings, save_settings, settings_of, target
from ..consent_view import ROWS
from .consents import MAY_CHANGE, MAY_SEE

_MEANING = {
    "analytics": "Without it nothing a shopper does is counted or kept.",
    "personalisation": "Without it a shopper gets what is popular, and no model learns from them.",
    "marketing": "Without it no journey and no campaign sends them anything.",
}


def page(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]  # HostTenantMiddleware
    wrong, text = "", None
    current = settings_of(tenant)
    if request.method == "POST":
        if not user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        text = request.POST.get("categories", "")
        try:
            current = _settings(request.POST, text)
            changed = save_settings(tenant.pk, current, actor=audit.staff(user))
        except BadChoice as error:
            wrong = str(error)
        else:
            messages.success(
                request, _("Saved. It holds from now on.") if changed else _("Nothing was changed.")
            )
            return redirect("admin:consent")
    return tenant_site.render(
        request,
        "console/privacy/consent.html",
        "Consent",
        [("Privacy", None), ("Consent", None)],
        status=400 if wrong else 200,
        bars=_bars(tenant.schema_name, current),
        purposes=[(p, Purpose(p).label, _MEANING[p], current.defaults[p]) for p in PURPOSES],
        signal=[(target(key), _label(key), target(key) in current.gpc) for key in ROWS],
        categories=text if text is not None else _lines(current.categories),
        usual=_usual(),
        wrong=wrong,
        may_change=user.has_perm(MAY_CHANGE),
    )


def _settings(form: Any, text: str) -> ConsentSettings:
    categories: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, equals, targets = line.partition("=")
        if not equals or not name.strip():
            raise BadChoice(f"Line {number}: write “name = purpose”, such as “Newsletter = marketing:email”.")
        categories[name.strip()] = [part.strip() for part in targets.split(",") if part.strip()]
    return ConsentSettings(
        {purpose: f"default-{purpose}" in form for purpose in PURPOSES}, categories, form.getlist("gpc")
    )


def _lines(categories: Any) -> str:
    return "\n".join(f"{name} = {', '.join(targets)}" for name, targets in categories.items())


def _usual() -> list[tuple[str, str]]:
    """(target, names) of what is understood without settings."""
    names: dict[str, list[str]] = {}
    for name, keys in CATEGORIES.items():
        for key in keys:
            names.setdefault(_label(key), []).append(name)
    return [(label, ", ".join(known)) for label, known in names.items()]


def _label(key: tuple[str, str]) -> str:
    purpose, channel = key
    return f"Marketing: {Channel(channel).label}" if channel else str(Purpose(purpose).label)


def _bars(schema: str, current: ConsentSettings) -> list[dict[str, Any]]:
    """Of each purpose and channel: how many said yes, no, nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT purpose, channel, count(*) FILTER (WHERE granted), count(*) FILTER (WHERE NOT granted)
                FROM "{schema}".compliance_consent GROUP BY 1, 2"""
        )
        said = {(purpose, channel): (yes, no) for purpose, channel, yes, no in cursor.fetchall()}
        cursor.execute(f'SELECT count(*) FROM "{schema}".profiles_profile')
        everybody = int(cursor.fetchone()[0])
    bars = []
    for key in ROWS:
        yes, no = said.get(key, (0, 0))
        bars.append(
            {
                "label": _label(key),
                "inside": bool(key[1]),
                "yes": yes,
                "no": no,
                "silent": max(everybody - yes - no, 0),
                "yes_share": round(100 * yes / everybody, 1) if everybody else 0,
                "no_share": round(100 * no / everybody, 1) if everybody else 0,
                "default": None if key[1] else current.defaults.get(key[0], DEFAULTS[key[0]]),
            }
        )
    return bars


tenant_site.page("consent/", page, name="consent", permission=MAY_SEE)
