"""The form of a destination: what it is, where, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from ..connectors.checks import Draft
from ..connectors.registry import connectors
from ..workspace.models import Destination


@dataclass(slots=True)
class Form:
    """What was said or is kept. `problems`: field → sentence; "" for what belongs to none."""

    draft: Draft
    history: bool = True
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls) -> Form:
        connector = next(iter(connectors().values()))
        # Everything but personal data, until somebody says otherwise.
        streams = tuple(one.name for one in connector.streams() if not one.personal)
        return cls(Draft(connector.key, "", {}, streams=streams))

    @classmethod
    def kept(cls, row: Destination) -> Form:
        return cls(
            Draft(row.vendor, row.name, row.config, {}, tuple(row.streams), row.personal), history=False
        )

    @classmethod
    def sent(cls, post: QueryDict, known: Destination | None) -> Form:
        """Fields are named VENDOR.NAME, so that those of other kinds don't matter. The kind of a saved one stays."""
        vendor = known.vendor if known else post.get("vendor", "")
        connector = connectors().get(vendor)
        config: dict[str, Any] = {}
        secret: dict[str, str] = {}
        for one in connector.fields if connector else ():
            value = post.get(f"{vendor}.{one.name}", "").strip()
            if one.secret:
                secret |= {one.name: value} if value else {}
            else:
                config[one.name] = value
        draft = Draft(
            vendor,
            post.get("name", ""),
            config,
            secret,
            tuple(post.getlist("streams")),
            personal="personal" in post,
        )
        return cls(draft, history="history" in post)

    def refuse(self, problems: list[tuple[str, str]]) -> None:
        for name, sentence in problems:
            self.problems[name] = f"{self.problems[name]} {sentence}" if name in self.problems else sentence


def kinds(form: Form, known: Destination | None) -> list[dict[str, Any]]:
    """Every kind with its fields as they stand, for the template; of a saved destination only its own."""
    return [
        {
            "key": key,
            "label": one.label,
            "about": one.about,
            "icon": one.icon,
            "chosen": key == form.draft.vendor,
            "fields": [_field(key, spec, form, known) for spec in one.fields],
            "streams": [
                {"spec": stream, "chosen": stream.name in form.draft.streams} for stream in one.streams()
            ],
        }
        for key, one in connectors().items()
        if known is None or key == known.vendor
    ]


def _field(vendor: str, spec: Any, form: Form, known: Destination | None) -> dict[str, Any]:
    same = form.draft.vendor == vendor
    said: Mapping[str, Any] = form.draft.config if same else {}
    return {
        "spec": spec,
        "name": f"{vendor}.{spec.name}",
        "id": f"id_{vendor}_{spec.name}",
        "value": "" if spec.secret else said.get(spec.name, spec.default),
        "kept": bool(spec.secret and known and known.credential_id),
        "problem": form.problems.get(spec.name, "") if same else "",
    }


def loose(form: Form) -> list[str]:
    """Sentences that belong to no field of the form."""
    connector = connectors().get(form.draft.vendor)
    shown = (
        {"name", "streams", *(one.name for one in connector.fields if connector)} if connector else {"name"}
    )
    return [sentence for name, sentence in form.problems.items() if name not in shown]
