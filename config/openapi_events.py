"""The tracking calls as the OpenAPI document describes them: what each needs, with an example that is taken as it is."""

from __future__ import annotations

from typing import Any

from profiles.naming import MAX_ID

CALLS = {
    "identify": "Who a shopper is: a user id and traits",
    "track": "What a shopper did: an event name and properties",
    "page": "A page that a shopper saw",
    "screen": "A screen of an app that a shopper saw",
    "group": "The group (household, company) that a shopper belongs to",
    "alias": "Two ids that are one shopper",
}
_ID = {"type": "string", "nullable": True, "maxLength": MAX_ID}
_TEXT, _OBJECT = {"type": "string"}, {"type": "object"}
_COMMON: dict[str, Any] = {
    "userId": _ID,
    "anonymousId": _ID,
    "messageId": {"type": "string", "description": "counts once for 28 days"},
    "timestamp": {
        "type": "string",
        "format": "date-time",
        "description": "when it happened; now if left out",
    },
    "context": {"type": "object", "description": "page, userAgent, campaign, … as Segment's SDKs fill it"},
}
_OWN: dict[str, dict[str, Any]] = {
    "identify": {"traits": {"type": "object", "description": "e-mail, name, age, …"}},
    "track": {
        "event": {
            "type": "string",
            "description": "Product Viewed, Order Completed, … or a name of your own",
        },
        "properties": {
            "type": "object",
            "description": "product_id, order_id, products, … as the name needs them",
        },
    },
    "page": {"name": _TEXT, "properties": _OBJECT},
    "screen": {"name": _TEXT, "properties": _OBJECT},
    "group": {"groupId": _ID, "traits": _OBJECT},
    "alias": {"previousId": _ID},
}
_NEEDED = {"track": ["event"], "group": ["groupId"], "alias": ["previousId", "userId"]}
EXAMPLES: dict[str, dict[str, Any]] = {
    "identify": {"userId": "1228", "traits": {"age": 30}},
    "track": {"userId": "1228", "event": "Product Viewed", "properties": {"product_id": "1082185"}},
    "page": {"anonymousId": "a-1", "name": "Home"},
    "screen": {"anonymousId": "a-1", "name": "Basket"},
    "group": {"userId": "1228", "groupId": "family-7", "traits": {"name": "The family"}},
    "alias": {"userId": "1228", "previousId": "a-1"},
    "batch": {
        "batch": [
            {"type": "identify", "userId": "1228", "traits": {"age": 30}},
            {"type": "page", "anonymousId": "a-1", "name": "Home"},
        ]
    },
}
_REJECTED = {
    "type": "object",
    "properties": {
        "index": {"type": "integer", "description": "its place in the batch, from 0"},
        "messageId": {"type": "string", "nullable": True},
        "reason": {"type": "string", "description": "a word that stays the same, such as missing_event_name"},
        "detail": {"type": "string", "description": "a sentence for people"},
        "path": {"type": "string", "description": "the field that is wrong, where one is to blame"},
    },
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
            "items": _REJECTED,
            "description": "events that could not be taken; each is kept as a dead letter",
        },
    },
}
_ALSO = {name: (f"/v1/{name}", f"/v1/{name[0]}") for name in CALLS} | {
    "batch": ("/v1/batch", "/v1/b", "/v1/import", "/api/v1/import")
}


def paths() -> dict[str, Any]:
    """Address → operation, of every call with a body."""
    found = {f"/api/v1/{name}": _call(name, summary, _event(name)) for name, summary in CALLS.items()}
    every = {key: value for own in _OWN.values() for key, value in own.items()}
    one = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": list(CALLS)}, **_COMMON, **every},
    }
    many = {
        "type": "object",
        "required": ["batch"],
        "properties": {"batch": {"type": "array", "items": one}, "sentAt": _TEXT, "context": _OBJECT},
    }
    found["/api/v1/batch"] = _call(
        "batch",
        "Many events, at most 500 kB and 5,000 of them; a bad one is reported and the others are taken",
        many,
    )
    return found


def _event(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**_COMMON, **_OWN[name]},
        "description": "Segment's tracking spec. userId or anonymousId is needed; at most 32 kB.",
        **({"required": _NEEDED[name]} if name in _NEEDED else {}),
    }


def _call(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "operationId": f"track_{name}",
            "summary": summary,
            "description": f"Also at {', '.join(_ALSO[name])}, where Segment's SDKs send it. JSON whatever the content type "
            "says, gzip or not; the key may also be “writeKey” in the body.",
            "tags": ["Events"],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema, "example": EXAMPLES[name]}},
            },
            "responses": {
                "200": {"description": "Durable", "content": {"application/json": {"schema": _TAKEN}}}
            },
        }
    }
