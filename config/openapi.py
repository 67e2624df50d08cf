"""The OpenAPI document: DRF's views describe themselves, the tracking door (plain views, for speed) is added here."""

from __future__ import annotations

from typing import Any

from .openapi_events import CALLS, paths

# What people come for first stands first.
ROOMS = {
    "Events": "Send what shoppers do; the tracking plan",
    "Recommendations": "Ask what to show",
    "Decisions": "Read why it was shown",
    "Profiles": "Who shoppers are, and their segments",
    "Consent": "What shoppers agreed to",
    "Catalog": "Items, kept and found",
    "Rules": "Merchandising rules",
    "Experiments": "Results",
    "Imports": "History from files",
    "Privacy": "Requests of data subjects (OpenDSR)",
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "path": {"type": "string", "description": "the field that is wrong, where one is to blame"},
    },
}
_SETTINGS = {
    "get": {
        "operationId": "sdk_settings",
        "summary": "What analytics.js and the mobile SDKs fetch before they start",
        "description": "The key is in the address: a publishable one (403 for a secret one).",
        "tags": ["Events"],
        "security": [],
        "parameters": [{"name": "write_key", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": {
                "description": "Settings of a source",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }
}
_PIXEL = {
    "get": {
        "operationId": "track_pixel",
        "summary": "An event told by loading a picture, for mails and advertisements",
        "description": "Also by the first letter, /v1/pixel/t. The picture comes whatever happens; X-Attune-Problem says what "
        "was wrong. Instead of “data”, fields such as properties.subject=….",
        "tags": ["Events"],
        "security": [],
        "parameters": [
            {
                "name": "type",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": list(CALLS)},
            },
            {
                "name": "data",
                "in": "query",
                "schema": {"type": "string"},
                "description": "base64 of the event as JSON, with its writeKey",
            },
            {"name": "writeKey", "in": "query", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {
                "description": "A transparent picture",
                "headers": {"X-Attune-Problem": {"schema": {"type": "string"}}},
                "content": {"image/gif": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    }
}
# What every operation may answer, and what single ones may too (413: each that has a body).
REFUSALS = ("400", "401", "403", "404", "429", "503")
MORE_REFUSALS = {
    **{f"track_{name}": ("415",) for name in (*CALLS, "batch")},
    "catalog_items_bulk": ("415",),
    "consents_write": ("410",),
    "opendsr_create": ("409",),
    "opendsr_results": ("410",),
    "experiment_results": ("409",),
    "rules_create": ("409",),
    "tracking_plan_write": ("412",),
    "imports_do": ("409",),
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the tracking calls, the keys, and the problem document that every call may answer with."""
    result["paths"] = {**paths(), **result["paths"]}
    result["paths"]["/v1/projects/{write_key}/settings"] = _SETTINGS
    result["paths"]["/v1/pixel/{type}"] = _PIXEL
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "a secret or publishable key"},
        "writeKey": {"type": "http", "scheme": "basic", "description": "the key as user name, no password"},
    }
    result["security"] = [{"key": []}, {"writeKey": []}]
    refusal = {
        "description": "A problem document",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["tags"] = [tag.capitalize() for tag in operation["tags"]]
                for status in (*REFUSALS, *MORE_REFUSALS.get(operation.get("operationId", ""), ())):
                    operation["responses"].setdefault(status, refusal)
                if "requestBody" in operation:
                    operation["responses"].setdefault("413", refusal)
    result["tags"] = [{"name": name, "description": said} for name, said in ROOMS.items()]
    return result
