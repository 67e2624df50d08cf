"""The OpenAPI document: DRF's views describe themselves, the tracking door (plain views, for speed) is added here."""

from __future__ import annotations

from typing import Any

from profiles.naming import MAX_ID

CALLS = {
    "identify": "Who a shopper is: a user id and traits.",
    "track": "What a shopper did: an event name and properties.",
    "page": "A page that a shopper saw.",
    "screen": "A screen of an app that a shopper saw.",
    "group": "The group (household, company) that a shopper belongs to.",
    "alias": "Two ids that are one shopper: previousId and userId.",
}
_EVENT = {
    "type": "object",
    "properties": {
        "userId": {"type": "string", "nullable": True, "maxLength": MAX_ID},
        "anonymousId": {"type": "string", "nullable": True, "maxLength": MAX_ID},
        "messageId": {"type": "string", "description": "counts once for 28 days"},
        "timestamp": {"type": "string", "format": "date-time"},
        "event": {"type": "string", "description": "for track: Product Viewed, Order Completed, …"},
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
    },
    "description": "Segment's tracking spec. userId or anonymousId is needed; at most 32 kB.",
}
_TAKEN = {
    "type": "object",
    "properties": {
        "success": {"type": "boolean"},
        "accepted": {"type": "integer"},
        "duplicates": {
            "type": "integer",
            "description": "messageIds that counted already; with a publishable key always 0",
        },
        "suppressed": {
            "type": "integer",
            "description": "events of erased people: refused, nothing of them is kept; a publishable key isn't told",
        },
        "spooled": {
            "type": "boolean",
            "description": "true: the database is away, the events are on disk and are brought in later",
        },
        "rejected": {
            "type": "array",
            "items": {"type": "object"},
            "description": "index, messageId and reason of each event that could not be taken; it is kept",
        },
    },
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
    },
}
_ALSO = {name: (f"/v1/{name}", f"/v1/{name[0]}") for name in CALLS} | {
    "batch": ("/v1/batch", "/v1/b", "/v1/import", "/api/v1/import")
}
_SETTINGS = {
    "get": {
        "operationId": "sdk_settings",
        "summary": "What analytics.js and the mobile SDKs fetch before they start.",
        "description": "The key is in the address: a publishable one (403 for a secret one).",
        "tags": ["events"],
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
        "summary": "An event told by loading a picture, for mails and advertisements.",
        "description": "Also by the first letter, /v1/pixel/t. The picture comes whatever happens; X-Attune-Problem says what "
        "was wrong. Instead of “data”, fields such as properties.subject=….",
        "tags": ["events"],
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
    for name, summary in CALLS.items():
        result["paths"][f"/api/v1/{name}"] = _call(name, summary, _EVENT)
    many = {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {"type": "array", "items": {**_EVENT, "required": ["type"]}},
            "sentAt": {"type": "string"},
        },
    }
    result["paths"]["/api/v1/batch"] = _call(
        "batch",
        "Many events, at most 500 kB and 5,000 of them; a bad one is reported and the others are taken.",
        many,
    )
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
                for status in (*REFUSALS, *MORE_REFUSALS.get(operation.get("operationId", ""), ())):
                    operation["responses"].setdefault(status, refusal)
                if "requestBody" in operation:
                    operation["responses"].setdefault("413", refusal)
    return result


def _call(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "operationId": f"track_{name}",
            "summary": summary,
            "description": f"Also at {', '.join(_ALSO[name])}, where Segment's SDKs send it. JSON whatever the content type "
            "says, gzip or not; the key may also be “writeKey” in the body.",
            "tags": ["events"],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "200": {"description": "Durable", "content": {"application/json": {"schema": _TAKEN}}}
            },
        }
    }
