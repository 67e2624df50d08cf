"""Journeys as tests build them: small graphs, published; events through the real door."""

from __future__ import annotations

from typing import Any

import pytest

from journeys import running
from journeys.models import Journey, MessageTemplate
from journeys.services.drafts import create_journey, publish


@pytest.fixture(autouse=True)
def fresh_journeys() -> None:
    running.forget()


def graph(
    *steps: tuple[str, dict[str, Any]], edges: list[dict[str, str]] | None = None, **settings: Any
) -> Any:
    """Steps in a row: ("event_trigger", {...}), …, ended by an exit. Keys are n0, n1, …"""
    nodes: list[dict[str, Any]] = [
        {"key": f"n{i}", "type": kind, "config": config} for i, (kind, config) in enumerate(steps)
    ]
    nodes.append({"key": "end", "type": "exit", "config": {}})
    ways = edges
    if ways is None:
        ways = []
        for i, node in enumerate(nodes[:-1]):
            ports = {"wait_until": ("happened", "timeout"), "condition": ("yes", "no")}.get(
                node["type"], ("next",)
            )
            following = nodes[i + 1]["key"]
            ways += [{"from": node["key"], "port": port, "to": following} for port in ports]
    return {"nodes": nodes, "edges": ways, "settings": settings}


TRIGGER = ("event_trigger", {"event": "Product Added"})


@pytest.fixture
def journey(inside: None) -> Any:
    """`journey(*steps, **settings)` publishes a journey and returns it."""

    def make(*steps: tuple[str, dict[str, Any]], **settings: Any) -> Journey:
        made = create_journey("Test", actor="test", graph=graph(*steps, **settings))
        publish(made.pk, actor="test")
        return Journey.objects.get(pk=made.pk)

    return make


@pytest.fixture
def template(inside: None) -> Any:
    def make(key: str = "hello", **fields: Any) -> MessageTemplate:
        given = {
            "name": "Hello",
            "subject": "Hi {{ shopper.first_name | default: 'there' }}",
            "html": "<p>Look at <a href='https://shop.example/x'>this</a></p>",
            **fields,
        }
        return MessageTemplate.objects.create(key=key, **given)

    return make
