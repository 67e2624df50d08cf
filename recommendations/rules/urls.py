from __future__ import annotations

from django.urls import path

from .api import PreviewView, RulesView, RuleView

urlpatterns = [
    path("api/v1/rules", RulesView.as_view()),
    path("api/v1/rules/preview", PreviewView.as_view()),
    path("api/v1/rules/<int:rule_id>", RuleView.as_view()),
]
