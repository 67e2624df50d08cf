"""Pages on the operator's host."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from config.urls.docs import urlpatterns as documents
from tenants.console import operator_site

urlpatterns: list[URLPattern | URLResolver] = [
    *documents,
    path("", RedirectView.as_view(url="/admin/"), name="start"),
    path("admin/", operator_site.urls),
]
