"""Pages on a tenant's host: the shop window and the tenant's console."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from compliance.urls import public_urlpatterns as public_privacy
from config.urls.docs import urlpatterns as documents
from tenants.console import tenant_site

urlpatterns: list[URLPattern | URLResolver] = [
    *documents,
    *public_privacy,
    path("", RedirectView.as_view(url="/admin/"), name="start"),
    path("admin/", tenant_site.urls),
    path("shop", RedirectView.as_view(url="/shop/")),
    path("shop/", include("recommendations.shop.urls")),
    path("m/", include("journeys.tracking.urls")),
]
