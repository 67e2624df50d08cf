"""Settings → Identity rules: which identifiers join shoppers, how many each may have, and what names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from psycopg import Cursor

from tenants import audit, keyring
from tenants.console import tenant_site
from tenants.models import Tenant
from tenants.scope import Scope

from ..identity import settings as rules
from ..identity.applying import waits
from ..identity.differences import Difference, look
from ..identity.models import IdentityRules
from ..identity.rules import ANONYMOUS, DEFAULT_KINDS, EMAIL, OTHER, PHONE, USER, Kind, Rules, parse
from ..identity.selectors import KINDS
from . import people

MAY_SEE, MAY_CHANGE = "profiles.view_identityrules", "profiles.change_identityrules"
SPARE = 1  # empty lines for kinds that have no rules yet
SHOWN_VERSIONS = 10
LABELS = {**KINDS, USER: "User id", ANONYMOUS: "Visitor", EMAIL: "E-mail address", PHONE: "Phone number"}


def page(request: HttpRequest) -> HttpResponse:
    """The rules that hold; `version`: the form holds those of an earlier one. POST lets them hold."""
    may_change = request.user.has_perm(MAY_CHANGE)  # type: ignore[union-attr]  # staff
    row = rules.stored()
    given: Rules | QueryDict = parse(row.definition) if row else Rules()
    wrong, back = "", None
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        given = request.POST
        try:
            scope = _scope(request)
            definition = _definition(scope, request.POST)
            seen = request.POST.get("seen", "")
            rules.save(
                scope,
                definition,
                actor=audit.staff(request.user),
                version=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1,
            )
            return redirect("admin:identity_rules")
        except rules.BadRules as error:
            wrong = str(error)
    elif (text := request.GET.get("version", "")).isascii() and text.isdigit() and len(text) < 10:
        earlier = rules.earlier_version(int(text))
        if earlier is not None:
            given, back = parse(earlier), int(text)
    kinds, blocked, allowed = _form(given, _on_record(request))
    answer = tenant_site.render(
        request,
        "console/identity/rules.html",
        "Identity rules",
        [("Settings", None), ("Identity rules", None)],
        kinds=kinds,
        blocked=blocked,
        allowed=allowed,
        other=OTHER,
        wrong=wrong,
        back=back,
        version=row.version if row else 0,
        may_change=may_change,
        versions=_versions(row),
        **_progress(row),
    )
    answer.status_code = 400 if wrong else 200
    return answer


def going(request: HttpRequest) -> HttpResponse:
    """POST: what the rules in the form would change, in words and in shoppers; nothing is stored."""
    wrong, difference, words = "", None, []
    try:
        definition = _definition(_scope(request), request.POST)
    except rules.BadRules as error:
        wrong = str(error)
    else:
        wanted = parse(definition)
        words = rules.in_words(rules.current(), wanted, LABELS)
        if words:
            difference = _look(request, wanted)
    return render(
        request,
        "console/identity/going.html",
        {"wrong": wrong, "words": words, "difference": difference, **_named(request, difference)},
    )


def progress(request: HttpRequest) -> HttpResponse:
    """How far the rules have been applied."""
    return render(request, "console/identity/rules_progress.html", _progress(rules.stored()))


def _scope(request: HttpRequest) -> Scope:
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    return keyring.scope_of_tenant(Tenant.objects.select_related("plan").get(pk=tenant.pk))


def _look(request: HttpRequest, wanted: Rules) -> Difference:
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        return look(cursor, request.tenant.schema_name, wanted)  # type: ignore[attr-defined]  # HostTenantMiddleware


def _named(request: HttpRequest, difference: Difference | None) -> dict[str, Any]:
    """The examples with the shoppers' names, for who may read them."""
    if difference is None:
        return {}
    ids = {p for pair in difference.merges for p in pair} | set(difference.splits)
    names = people.names(request, ids)
    shown = {p: names.get(p, "a shopper") for p in ids}
    return {
        "merges": [((a, shown[a]), (b, shown[b])) for a, b in difference.merges],
        "splits": [(p, shown[p]) for p in difference.splits],
    }


def _definition(scope: Scope, post: QueryDict) -> dict[str, Any]:
    kinds: dict[str, Kind] = {}
    columns = [post.getlist(name) for name in ("kind", "priority", "limit", "shared")]
    if len({len(column) for column in columns}) != 1:
        raise rules.BadRules("The form is not complete. Please load the page anew.")
    for name, priority, limit, shared in zip(*columns, strict=True):
        name = name.strip()
        if not name:
            continue
        if name in kinds:
            raise rules.BadRules(f"“{name}” is listed twice.")
        kinds[name] = Kind(
            _number(
                priority, f"The priority of “{name}” is a number from 1 to 99; smaller ones count first."
            ),
            _number(limit, f"A shopper may have 1 to {rules.MOST_LIMIT:,} of “{name}”."),
            shared,  # type: ignore[arg-type]  # checked below
        )
    wanted = rules.checked(
        rules.Wanted(
            kinds,
            tuple(post.get("blocked", "").splitlines()),
            tuple(post.get("allowed", "").splitlines()),
        )
    )
    return rules.document(scope, wanted, kinds_on_record())


def _number(text: str, message: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise rules.BadRules(message)
    return int(text)


def kinds_on_record() -> dict[str, int]:
    """Kind → how many names of it there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM profiles_identifier GROUP BY 1 ORDER BY 1")
        return dict(cursor.fetchall())


def _on_record(request: HttpRequest) -> Mapping[str, int]:
    return kinds_on_record()


def _form(given: Rules | QueryDict, counts: Mapping[str, int]) -> tuple[list[dict[str, Any]], str, str]:
    """Lines of the form as the rules have them, or as somebody wrote them."""
    if isinstance(given, QueryDict):
        columns = [given.getlist(name) for name in ("kind", "priority", "limit", "shared")]
        lines = [
            _line(name, priority, limit, shared, counts)
            for name, priority, limit, shared in zip(*columns, strict=False)
        ]
        return lines, given.get("blocked", ""), given.get("allowed", "")
    names = {**given.kinds, **{name: OTHER for name in counts if name not in given.kinds}}
    lines = [
        _line(name, kind.priority, kind.limit, kind.shared, counts)
        for name, kind in sorted(names.items(), key=lambda pair: (pair[1].priority, pair[0]))
    ]
    lines += [_line("", OTHER.priority, OTHER.limit, OTHER.shared, counts) for _ in range(SPARE)]
    return lines, "\n".join(sorted(given.blocked)), "\n".join(sorted(given.allowed))


def _line(name: str, priority: Any, limit: Any, shared: str, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": name,
        "label": LABELS.get(name, name.replace("_", " ").capitalize()),
        "builtin": name in DEFAULT_KINDS,
        "named": name in DEFAULT_KINDS or name in counts,
        "user": name == USER,
        "priority": priority,
        "limit": limit,
        "shared": shared,
        "count": counts.get(name, 0),
    }


def _versions(row: IdentityRules | None) -> list[dict[str, Any]]:
    """Earlier rules, newest first, and what the next ones changed."""
    if row is None:
        return []
    after, shown = parse(row.definition), []
    for one in row.history[:SHOWN_VERSIONS]:
        before = parse(one["definition"])
        shown.append(
            {
                "number": one["version"],
                "until": parse_datetime(one["until"]),
                "words": rules.in_words(before, after, LABELS),
            }
        )
        after = before
    return shown


def _progress(row: IdentityRules | None) -> dict[str, Any]:
    if row is None or not row.version:
        return {"rules": None, "working": False}
    working = waits()
    part = 100 * row.progress / row.until if row.until else 100
    return {"rules": row, "working": working, "percent": min(part, 99) if working else 100}


tenant_site.page("identity-rules/", page, name="identity_rules", permission=MAY_SEE)
tenant_site.page("identity-rules/going/", going, name="identity_rules_going", permission=MAY_CHANGE)
tenant_site.page("identity-rules/progress/", progress, name="identity_rules_progress", permission=MAY_SEE)
