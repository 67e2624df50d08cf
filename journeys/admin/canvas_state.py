"""What the canvas shows: the graph, the step types with their forms, and the names a step may refer to."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from profiles.features.definitions import FEATURES
from profiles.segments.selectors import facts as segment_facts

from ..facts import Facts
from ..graph import parse, validate
from ..models import Enrolment, Journey, MessageTemplate
from ..models.messages import Channel
from ..nodes import catalogue
from ..selectors import counts, facts, overview
from ..services import access
from .answers import problem_json

GROUPS = {"trigger": "Start", "timing": "Wait", "logic": "Decide", "action": "Do", "end": "End"}


def state(request: HttpRequest, journey: Journey) -> dict[str, Any]:
    """Everything the canvas needs to begin; `types.ts` has the same shape."""
    known = facts()
    archived = journey.status == Journey.Status.ARCHIVED
    return {
        "journey": {
            "name": journey.name,
            "status": journey.status,
            "status_label": journey.get_status_display(),
            "may_change": access.may_change(request.user, journey) and not archived,
            "time_zone": request.tenant.time_zone,  # type: ignore[attr-defined]  # HostTenantMiddleware
        },
        "graph": graph_json(journey.draft),
        "published": graph_json(journey.live_version.graph) if journey.live_version else None,
        "revision": journey.revision,
        "catalogue": [{**kind, "group": GROUPS.get(kind["category"], "More")} for kind in catalogue()],
        "lists": lists(known),
        "problems": [problem_json(problem) for problem in validate(journey.draft, known)],
        "counts": counts_json(journey),
        "versions": versions_json(journey),
    }


def graph_json(raw: Any) -> dict[str, Any]:
    """The graph with every default spelled out, so that the canvas never meets a hole."""
    return msgspec.to_builtins(parse(raw))


def lists(known: Facts) -> dict[str, Any]:
    channels = dict(Channel.choices)
    ids = dict(MessageTemplate.objects.values_list("key", "pk"))
    return {
        "segments": [{"key": key, "name": name} for key, name in known.segments.items()],
        "templates": [
            {
                "key": key,
                "name": name,
                "hint": str(channels.get(channel, channel)),
                "url": reverse("admin:journeys_messagetemplate_change", args=[ids[key]]),
            }
            for key, (name, channel, _) in known.templates.items()
        ],
        "experiments": [
            {"key": key, "name": name, "variants": [{"key": k, "name": label} for k, label in variants]}
            for key, (name, variants) in known.experiments.items()
        ],
        "events": list(known.events),
        "facts": [
            {
                "key": feature.name,
                "label": feature.name.replace("_", " ").capitalize(),
                "group": feature.group.capitalize(),
                "kind": "number" if feature.type in ("integer", "number") else "text",
            }
            for feature in FEATURES
        ]
        + [
            {
                "key": f"traits.{key}",
                "label": trait.name,
                "group": "Computed traits",
                "kind": "number" if trait.measure.kind == "number" else "text",
            }
            for key, trait in segment_facts().traits.items()
        ],
    }


def counts_json(journey: Journey) -> dict[str, Any]:
    whole = overview(journey)
    steps = {
        key: {
            "entered": count.entered,
            "waiting": count.here,
            "share": count.entered / whole.entered if whole.entered else None,
        }
        for key, count in counts(journey).items()
        if key
    }
    return {
        "steps": steps,
        "entered": whole.entered,
        "active": whole.inside,
        "goals": whole.goals,
        "goal_share": whole.goal_rate,
    }


def versions_json(journey: Journey) -> list[dict[str, Any]]:
    """Newest first, with how many shoppers are still on each."""
    inside = dict(
        Enrolment.objects.filter(journey=journey, finished_at__isnull=True)
        .values_list("version_id")
        .annotate(n=Count("id"))
    )
    return [
        {
            "number": version.number,
            "published_at": version.published_at.isoformat(),
            "published_by": _name(version.published_by),
            "current": version.pk == journey.live_version_id,
            "active": inside.get(version.pk, 0),
        }
        for version in journey.versions.select_related("published_by")
    ]


def _name(user: Any) -> str:
    return (user.get_full_name() or user.username) if user else ""
