"""Bots by their user agent: the list of crawlerdetect, and what the merchant says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from crawlerdetect import CrawlerDetect

from .rules import Rules

LONGEST = 512
# HTTP libraries of mobile apps, which crawlers use too: what an SDK inside an app sends is a person's.
APP_LIBRARIES = ("okhttp", "dart/", "dart:io", "cfnetwork", "alamofire")
# So do the SDKs of the tracking spec, which say their own name.
SDKS = ("analytics-",)
_detector = CrawlerDetect()


def agent_of(context: dict[str, Any]) -> str:
    agent = context.get("userAgent")
    return agent[:LONGEST] if isinstance(agent, str) else ""


def bot_by_agent(rules: Rules, agent: str) -> str:
    """What gives it away, such as "Googlebot"; "" for a person, and for no user agent."""
    if not agent or not rules.by_agent:
        return ""
    return _judged(agent, rules.agents_blocked, rules.agents_allowed)


@lru_cache(maxsize=16_384)
def _judged(agent: str, blocked: tuple[str, ...], allowed: tuple[str, ...]) -> str:
    low = agent.lower()
    if any(part in low for part in allowed):
        return ""
    for part in blocked:
        if part in low:
            return part
    if any(part in low for part in APP_LIBRARIES + SDKS):
        return ""
    return (_detector.get_matches() or "bot") if _detector.is_crawler(agent) else ""
