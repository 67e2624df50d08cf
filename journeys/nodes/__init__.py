"""The node types. A new one is a module here and a line below."""

from __future__ import annotations

from typing import Any, cast

from . import (
    condition,
    delay,
    event_trigger,
    exit,
    experiment_split,
    random_split,
    segment_trigger,
    send,
    update_trait,
    wait_until,
)
from .base import Node

NODES: dict[str, Node] = {
    node.type: cast(Node, node)
    for node in (
        event_trigger,
        segment_trigger,
        delay,
        wait_until,
        condition,
        random_split,
        experiment_split,
        send,
        update_trait,
        exit,
    )
}


def catalogue() -> list[dict[str, Any]]:
    """Every node type with its form, as the canvas shows them. `ports`: of a node with default settings."""
    return [
        {
            "type": node.type,
            "label": node.label,
            "help": node.help,
            "icon": node.icon,
            "category": node.category,
            "ports": [
                {"key": port.key, "label": port.label, "optional": port.optional, "help": port.help}
                for port in node.ports(node.Config())
            ],
            "fields": [
                {
                    "name": f.name,
                    "label": f.label,
                    "kind": f.kind,
                    "help": f.help,
                    "default": f.default,
                    "required": f.required,
                    "options": [{"value": value, "label": label} for value, label in f.options],
                }
                for f in node.fields
            ],
        }
        for node in NODES.values()
    ]
