"""The two consoles: the operator's on the public schema, and one for each tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.sites import UnfoldAdminSite

PageView = Callable[..., HttpResponse]
Crumbs = Sequence[tuple[str, str | None]]


class Console(UnfoldAdminSite):
    enable_nav_sidebar = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._pages: list[URLPattern] = []

    def page(self, route: str, view: PageView, *, name: str, permission: str) -> None:
        """Add a page that belongs to no model; a room calls this in its admin module."""

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):  # type: ignore[union-attr]  # admin_view let staff in only
                raise PermissionDenied
            return view(request, *args, **kwargs)

        self._pages.append(path(route, self.admin_view(guarded), name=name))

    def render(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        crumbs: Crumbs,
        /,
        *,
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        """A page within the console's frame. `crumbs`: (text, address or None), the page itself last."""
        request.current_app = self.name  # type: ignore[attr-defined]  # what unfold's templates read
        frame = {**self.each_context(request), "crumbs": crumbs, "title": title}
        return TemplateResponse(request, template, {**frame, **context}, status=status)

    def extra_urls(self) -> list[URLPattern]:
        return self._pages


class OperatorSite(Console):
    settings_name = "UNFOLD_OPERATOR"
    index_template = "console/operator_index.html"
    index_title = "Tenants at a glance"


class TenantSite(Console):
    settings_name = "UNFOLD"
    index_template = "console/today.html"
    index_title = "Today"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """After signing in each role is where it works daily; who asked for a page gets that page."""
        response = super().login(request, extra_context)
        home = reverse(f"{self.name}:index")
        if request.method == "POST" and response.status_code == 302 and response["Location"] == home:
            response["Location"] = landing_page(request.user) or home
        return response


def landing_page(user: Any) -> str | None:
    """Of settings.LANDING_PAGES, for somebody with a single role; None: Today."""
    roles = list(user.groups.values_list("name", flat=True))
    name = settings.LANDING_PAGES.get(roles[0]) if len(roles) == 1 else None
    return reverse(name) if name else None


operator_site = OperatorSite(name="operator")
# The name "admin" is what django.contrib.admin's own templates reverse to.
tenant_site = TenantSite(name="admin")
