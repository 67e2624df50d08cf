"""Addresses of this room: the OpenDSR API on every host, and what the public may open on a tenant's own."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import public
from .api import DiscoveryView, RequestsView, RequestView, ResultsView

api_urlpatterns: list[URLPattern] = [
    pattern
    for prefix in ("v1/opendsr", "api/v1/opendsr")
    for pattern in (
        path(f"{prefix}/discovery", DiscoveryView.as_view()),
        path(f"{prefix}/requests", RequestsView.as_view()),
        path(f"{prefix}/requests/<str:subject_request_id>", RequestView.as_view()),
        path(f"{prefix}/requests/<str:subject_request_id>/results", ResultsView.as_view()),
    )
]

public_urlpatterns: list[URLPattern] = [
    path("receipts/", public.check_receipt, name="check-receipt"),
    path("receipts/<uuid:number>", public.receipt, name="receipt"),
    path("receipts/<uuid:number>.json", public.receipt_file, name="receipt-file"),
    path("privacy/verify/<str:token>", public.verify, name="verify-request"),
    path(".well-known/attune-receipts.json", public.receipt_key, name="receipt-key"),
    path(".well-known/opendsr.pem", public.certificate, name="opendsr-certificate"),
]
