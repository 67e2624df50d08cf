"""Addresses of the imports API."""

from __future__ import annotations

from django.urls import path

from .api import FetchedImportsView, ImportProblemsView, ImportsView, ImportView

urlpatterns = [
    path("api/v1/imports", ImportsView.as_view()),
    path("api/v1/imports/fetch", FetchedImportsView.as_view()),
    path("api/v1/imports/<int:import_id>", ImportView.as_view()),
    path("api/v1/imports/<int:import_id>/problems", ImportProblemsView.as_view()),
]
