from __future__ import annotations

from django.urls import path

from .api import ExperimentResultsView

urlpatterns = [path("api/v1/experiments/<slug:key>/results", ExperimentResultsView.as_view())]
