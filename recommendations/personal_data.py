"""Personal data of this room: what holds it, and what shows, erases and looks for it."""

from __future__ import annotations

from compliance.registry import Store, impersonal, nothing, register
from compliance.tables import Rows, by_profile, table_store

from .privacy import answers, decisions, models, sessions

register(
    table_store(
        "What recommending remembers",
        "recommendations_shopperstate",
        "profile_id",
        by_profile,
        covers=("recommendations.ShopperState.*",),
        order=25,
    )
)
register(
    Store(
        "Decisions on their way",
        ("valkey:attune:traces",),
        nothing,
        decisions.flush,
        decisions.verify_waiting,
        order=28,
    )
)
_decisions = Rows("recommendations_decision", "profile_id", by_profile)
register(
    Store(
        "Decisions and their traces",
        tuple(f"recommendations.Decision.{name}" for name in ("id", "at", "profile_id", "trace")),
        decisions.export,
        _decisions.erase,
        _decisions.verify,
        order=30,
    )
)
register(
    Store(
        "Stored answers",
        ("valkey:{schema}:a:{server}:{identifier}:{question}",),
        nothing,
        answers.erase,
        answers.verify,
        order=75,
    )
)
register(
    Store(
        "Sessions of the shop window",
        ("sessions.Session.*",),
        sessions.export,
        sessions.erase,
        sessions.verify,
        order=40,
    )
)
register(
    Store(
        "Trained models",
        ("files:artefacts",),
        nothing,
        models.erase,
        models.verify,
        order=80,
        note=models.note,
    )
)
impersonal(
    "recommendations.Decision.placement",
    "recommendations.Decision.model_version",
    "recommendations.Decision.outcome",
    reason="which placement and model answered, and how: names that the merchant and Attune gave",
)
impersonal("recommendations.Placement.*", "recommendations.Rule.*", reason="what the merchant arranges")
impersonal("recommendations.ModelVersion.*", reason="numbers about models, over all shoppers")
impersonal("recommendations.ItemDay.*", reason="counts by item and day over all shoppers")
