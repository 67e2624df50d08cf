"""Journeys to start from: a graph each, with the message templates that it sends. JSON and HTML beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from tenants import audit

from ..models import Journey, MessageTemplate
from ..services.drafts import create_journey

FOLDER = Path(__file__).parent
ORDER = ("abandoned-cart", "post-purchase", "re-engagement")


@cache
def newsletter() -> str:
    """HTML to begin a message with: header, text, recommendations, footer."""
    return (FOLDER / "newsletter.html").read_text()


@dataclass(frozen=True, slots=True)
class Seed:
    """`templates`: fields of message templates, the HTML read."""

    key: str
    name: str
    description: str
    icon: str
    graph: dict[str, Any]
    templates: tuple[dict[str, str], ...]


@cache
def seeds() -> tuple[Seed, ...]:
    """All of them, in the order in which they are shown."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        raw = orjson.loads(path.read_bytes())
        templates = tuple({**t, "html": (FOLDER / t["html"]).read_text()} for t in raw["templates"])
        found[raw["key"]] = Seed(
            raw["key"], raw["name"], raw["description"], raw["icon"], raw["graph"], templates
        )
    rest = [key for key in found if key not in ORDER]
    return tuple(found[key] for key in (*ORDER, *rest))


@transaction.atomic
def start(key: str, *, actor: str, user: Any = None, name: str = "") -> Journey:
    """A draft from the seed. Its templates are made where none of their key exists: what was edited stays edited.

    Raises KeyError for an unknown seed.
    """
    seed = next((seed for seed in seeds() if seed.key == key), None)
    if seed is None:
        raise KeyError(key)
    for fields in seed.templates:
        _, made = MessageTemplate.objects.get_or_create(key=fields["key"], defaults=fields)
        if made:
            audit.record("template created", f"template:{fields['key']}", actor, seed=key)
    return create_journey(
        name or seed.name,
        actor=actor,
        user=user,
        graph=seed.graph,
        seed=key,
        description=seed.description,
    )
