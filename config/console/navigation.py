"""The sidebars. An entry shows when the role may see it; a room whose entries are all hidden is not shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse


class may:
    """A permission check that unfold calls with the request: `may("catalog.view_item")`."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)  # type: ignore[union-attr]  # staff only, by then


def _entry(title: str, icon: str, view: str, permission: str, *, exact: bool = False) -> dict[str, Any]:
    link = reverse(f"admin:{view}")
    entry: dict[str, Any] = {"title": title, "icon": icon, "link": link}
    if permission:
        entry["permission"] = may(permission)
    if exact:
        entry["active"] = lambda request: request.path == link
    return entry


def tenant_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Rooms that hold nothing yet have no entries, so that no link is dead."""
    return [
        {"items": [_entry("Today", "today", "index", "", exact=True)]},
        {
            "title": "Shoppers",
            "items": [
                _entry("Profiles", "group", "profiles_profile_changelist", "profiles.view_profile"),
                _entry("Segments", "group_work", "profiles_segment_changelist", "profiles.view_segment"),
                _entry(
                    "Computed traits",
                    "functions",
                    "profiles_computedtrait_changelist",
                    "profiles.view_computedtrait",
                ),
                _entry("Events", "bolt", "events", "profiles.view_event"),
                _entry(
                    "Dead letters",
                    "report",
                    "profiles_deadletter_changelist",
                    "profiles.view_deadletter",
                ),
                _entry("Tracking plan", "fact_check", "tracking_plan", "profiles.view_trackingplan"),
                _entry("Features", "tune", "features", "profiles.view_featureday"),
                _entry("Data quality", "troubleshoot", "quality", "profiles.view_qualitycount"),
                _entry("Imports", "upload_file", "profiles_import_changelist", "profiles.view_import"),
            ],
        },
        {
            "title": "Catalogue",
            "items": [
                _entry("Items", "sell", "catalog_item_changelist", "catalog.view_item"),
                _entry("Promotions", "campaign", "catalog_promotion_changelist", "catalog.view_promotion"),
                _entry(
                    "Import runs", "upload_file", "catalog_importrun_changelist", "catalog.view_importrun"
                ),
            ],
        },
        {
            "title": "Recommendations",
            "items": [
                _entry(
                    "Placements",
                    "dashboard",
                    "recommendations_placement_changelist",
                    "recommendations.view_placement",
                ),
                _entry("Rules", "rule", "recommendations_rule_changelist", "recommendations.view_rule"),
                _entry(
                    "Decisions",
                    "alt_route",
                    "recommendations_decision_changelist",
                    "recommendations.view_decision",
                ),
                _entry(
                    "Models",
                    "model_training",
                    "recommendations_modelversion_changelist",
                    "recommendations.view_modelversion",
                ),
            ],
        },
        {
            "title": "Journeys",
            "items": [
                _entry("Journeys", "account_tree", "journeys_journey_changelist", "journeys.view_journey"),
                _entry("Campaigns", "campaign", "journeys_campaign_changelist", "journeys.view_campaign"),
                _entry(
                    "Templates",
                    "drafts",
                    "journeys_messagetemplate_changelist",
                    "journeys.view_messagetemplate",
                ),
                _entry("Messages", "outgoing_mail", "journeys_message_changelist", "journeys.view_message"),
                _entry("Inbox", "inbox", "journeys_inboxmessage_changelist", "journeys.view_inboxmessage"),
            ],
        },
        {
            "title": "Experiments",
            "items": [
                _entry(
                    "Experiments",
                    "science",
                    "experiments_experiment_changelist",
                    "experiments.view_experiment",
                ),
                _entry("Metrics", "query_stats", "experiments_metric_changelist", "experiments.view_metric"),
                _entry("Layers", "layers", "experiments_layer_changelist", "experiments.view_layer"),
                _entry("Planner", "calculate", "experiment_planner", "experiments.view_experiment"),
            ],
        },
        {
            "title": "Privacy",
            "items": [
                _entry(
                    "Requests",
                    "shield_person",
                    "compliance_subjectrequest_changelist",
                    "compliance.view_subjectrequest",
                ),
                _entry("Consent", "handshake", "consent", "compliance.view_consent"),
                _entry("Retention", "auto_delete", "retention", "profiles.view_retentionrun"),
                _entry("Audit", "history", "workspace_auditrecord_changelist", "workspace.view_auditrecord"),
            ],
        },
        {
            "title": "Settings",
            "items": [
                _entry("Sending", "send", "sending", "journeys.view_channelendpoint"),
                _entry("Identity rules", "join_inner", "identity_rules", "profiles.view_identityrules"),
                _entry(
                    "Destinations", "output", "workspace_destination_changelist", "workspace.view_destination"
                ),
                _entry("Team", "badge", "workspace_user_changelist", "workspace.view_user"),
                _entry("Keys", "key", "tenants_apikey_changelist", "tenants.view_apikey"),
            ],
        },
    ]


def operator_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"items": [_entry("Overview", "monitoring", "index", "", exact=True)]},
        {
            "title": "Tenants",
            "items": [
                _entry("Tenants", "storefront", "tenants_tenant_changelist", "tenants.view_tenant"),
                _entry("Plans", "payments", "tenants_plan_changelist", "tenants.view_plan"),
                _entry("Keys", "key", "tenants_apikey_changelist", "tenants.view_apikey"),
            ],
        },
        {
            "title": "Settings",
            "items": [
                _entry("Operators", "badge", "workspace_user_changelist", "workspace.view_user"),
                _entry("Audit", "history", "workspace_auditrecord_changelist", "workspace.view_auditrecord"),
            ],
        },
    ]
