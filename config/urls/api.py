"""The API's addresses. Every one of them answers on every host, by key alone.

`tests/tenants/test_isolation.py` walks this list: an address added here is checked without being named there.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from catalog.api.urls import urlpatterns as catalogue_addresses
from compliance.urls import api_urlpatterns as privacy_addresses
from experiments.urls import urlpatterns as experiment_addresses
from profiles.api import ProfileView
from profiles.consent_api import ConsentsView
from profiles.identity_api import IdentitiesView
from profiles.imports.urls import urlpatterns as import_addresses
from profiles.ingest.urls import urlpatterns as event_addresses
from profiles.plan.api import TrackingPlanView
from profiles.segments.urls import urlpatterns as segment_addresses
from recommendations.api import DecisionView, RecommendationsView
from recommendations.rules.urls import urlpatterns as rule_addresses

recommendations = RecommendationsView.as_view()
# It reads the quota's count in the round trip that looks for a stored answer.
recommendations.counts_quota = True  # type: ignore[attr-defined]

urlpatterns: list[URLPattern | URLResolver] = [
    # Any string may be a user id, also one with slashes. First, because no memory of addresses holds so many.
    path("api/v1/profiles/<path:user_id>", ProfileView.as_view()),
    *event_addresses,
    path("api/v1/identities", IdentitiesView.as_view()),
    path("api/v1/consents", ConsentsView.as_view()),
    path("api/v1/tracking-plan", TrackingPlanView.as_view()),
    *privacy_addresses,
    *segment_addresses,
    *import_addresses,
    *catalogue_addresses,
    *rule_addresses,
    *experiment_addresses,
    path("api/v1/recommendations", recommendations),
    path("api/v1/decisions/<str:decision_id>", DecisionView.as_view()),
]
