"""Addresses of the segments API."""

from __future__ import annotations

from django.urls import path

from .api import MembersView, SegmentsView, SegmentView

urlpatterns = [
    path("api/v1/segments", SegmentsView.as_view()),
    path("api/v1/segments/<slug:segment_key>", SegmentView.as_view()),
    path("api/v1/segments/<slug:segment_key>/members", MembersView.as_view()),
]
