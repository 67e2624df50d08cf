"""Plans in the form of Segment's tracking plans (Protocols, Public API): rules with a key, a type and a JSON Schema.

https://docs.segmentapis.com/tag/Tracking-Plans: {"rules": [{"key": "Order Completed", "type": "TRACK", "version": 1,
"jsonSchema": {"type": "object", "properties": {"properties": {…}, "traits": {…}, "context": {…}}}}]}
"""

from __future__ import annotations

from typing import Any

from .compiled import TRAITS
from .document import TYPES

_SCHEMA = "http://json-schema.org/draft-07/schema#"


def is_segments(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(_rules(document), list)


def read(document: dict[str, Any]) -> dict[str, Any]:
    """Our document from Segment's. Rules for types that we do not plan are left out."""
    events = []
    for rule in _rules(document) or []:
        type_ = str(rule.get("type", "")).lower()
        if type_ not in TYPES or not isinstance(rule.get("jsonSchema"), dict):
            continue
        outer = rule["jsonSchema"]
        inner = (outer.get("properties") or {}).get("traits" if type_ in TRAITS else "properties")
        events.append(
            {
                "type": type_,
                "name": rule.get("key") or "" if type_ in ("track", "page", "screen") else "",
                "description": str(outer.get("description") or (inner or {}).get("description") or "")[:500],
                "schema": {
                    k: v for k, v in (inner or {"type": "object"}).items() if k not in ("$schema", "$id")
                },
                **_context(outer),
            }
        )
    return {"violations": "flag", "unplanned": "allow", "events": events}


def write(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Segment's form of our document."""
    return {
        "name": name,
        "type": "LIVE",
        "rules": [
            {
                "key": event["name"],
                "type": event["type"].upper(),
                "version": 1,
                "jsonSchema": {
                    "$schema": _SCHEMA,
                    "type": "object",
                    "description": event["description"],
                    "properties": {
                        "context": event.get("context") or {"type": "object"},
                        "traits" if event["type"] in TRAITS else "properties": event["schema"],
                    },
                },
            }
            for event in document["events"]
        ],
    }


def _context(outer: dict[str, Any]) -> dict[str, Any]:
    """What a rule says of the context, when it says more than that it is an object."""
    said = (outer.get("properties") or {}).get("context")
    if not isinstance(said, dict) or not set(said) - {"type", "$schema", "$id"}:
        return {}
    return {"context": {k: v for k, v in said.items() if k not in ("$schema", "$id")}}


def _rules(document: dict[str, Any]) -> Any:
    return document.get("rules") or (document.get("trackingPlan") or {}).get("rules")
