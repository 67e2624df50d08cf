"""Pages (console, shop): the host name says whose they are."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_tenants.utils import get_public_schema_name

from . import keyring
from .db import PUBLIC, use_schema
from .models import Tenant


class HostTenantMiddleware:
    """Sets `request.tenant` (None for the operator), the schema and the URL map of a page request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        use_schema(PUBLIC)
        host = (
            request.get_host().rsplit(":", 1)[0]
            if not request.get_host().endswith("]")
            else request.get_host()
        )
        if host in settings.OPERATOR_HOSTS:
            request.tenant = None  # type: ignore[attr-defined]
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF  # type: ignore[attr-defined]
            return self.get_response(request)
        tenant = keyring.tenant_of_host(host)
        if tenant is None:
            return render(request, "errors/unknown_host.html", {"host": host}, status=404)
        if tenant.status != Tenant.Status.ACTIVE:
            return render(request, "errors/suspended.html", {"tenant": tenant}, status=503)
        request.tenant = tenant  # type: ignore[attr-defined]
        use_schema(tenant.schema_name)
        try:
            return self.get_response(request)
        finally:
            use_schema(get_public_schema_name())
