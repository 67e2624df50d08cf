"""The API's document and its interactive page, on every host."""

from __future__ import annotations

from django.conf import settings
from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

urlpatterns = [
    path("api/openapi.json", SpectacularJSONAPIView.as_view(urlconf=settings.API_URLCONF), name="openapi"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="openapi"), name="api-docs"),
]
