"""What became of a campaign: every message's fate with its reason, what shoppers did after it, and the holdout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from experiments.stats.compare import compare
from experiments.stats.moments import Moments
from experiments.stats.outcome import Comparison
from experiments.stats.statistics import Mean, Proportion

from ..models import Campaign, CampaignMember, Message

State = CampaignMember.State
_KINDS = {"purchase": 3, "cart": 2, "view": 1}
SENT = ("sent", "delivered", "unknown")


@dataclass(frozen=True)
class Group:
    """Shoppers compared: who was meant to get it (whether or not they did), and who was held out."""

    shoppers: int
    converted: int
    revenue: float

    @property
    def rate(self) -> float:
        return 100 * self.converted / self.shoppers if self.shoppers else 0.0

    @property
    def each(self) -> float:
        return self.revenue / self.shoppers if self.shoppers else 0.0


@dataclass(frozen=True)
class Report:
    """`members` by state, `messages` by state; `reasons`: (state, why, how many), most first.

    `goals`, `revenue`: of who got the message, within the goal's hours after it. `treated` against `held_out` from the
    moment each was decided about; `rate` and `value` compare them, None without a holdout.
    """

    audience: int
    members: dict[int, int]
    messages: dict[str, int]
    reasons: list[tuple[str, str, int]] = field(default_factory=list)
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    goals: int = 0
    revenue: float = 0.0
    treated: Group | None = None
    held_out: Group | None = None
    rate: Comparison | None = None
    value: Comparison | None = None

    @property
    def sent(self) -> int:
        return sum(self.messages.get(state, 0) for state in SENT)

    @property
    def waiting(self) -> int:
        """Shoppers whose fate is still open."""
        pending = sum(self.messages.get(state, 0) for state in ("queued", "delayed", "sending"))
        return self.members.get(State.WAITING, 0) + pending

    @property
    def done_share(self) -> float:
        return 100 * (1 - self.waiting / self.audience) if self.audience else 0.0

    @property
    def skipped(self) -> int:
        left = self.members.get(State.LEFT, 0) + self.members.get(State.STOPPED, 0)
        return self.messages.get("skipped", 0) + left


def report(campaign: Campaign) -> Report:
    """Counted now, from the connection's tenant."""
    members = _counts(
        "SELECT state, count(*) FROM journeys_campaignmember WHERE campaign_id = %s GROUP BY 1", campaign.pk
    )
    messages = _counts(
        "SELECT state, count(*) FROM journeys_message WHERE campaign_id = %s GROUP BY 1", campaign.pk
    )
    goals, revenue = _after_message(campaign)
    opened, clicked, unsubscribed = _acts(campaign)
    return Report(
        sum(members.values()),
        members,
        messages,
        _reasons(campaign, members),
        opened,
        clicked,
        unsubscribed,
        goals,
        revenue,
        *_against_holdout(campaign),
    )


def _counts(query: str, campaign_id: int) -> dict[Any, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [campaign_id])
        return dict(cursor.fetchall())


def _reasons(campaign: Campaign, members: dict[int, int]) -> list[tuple[str, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT state, reason, count(*) FROM journeys_message
               WHERE campaign_id = %s AND state IN ('skipped', 'failed', 'delayed', 'unknown') AND reason <> ''
               GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 20""",
            [campaign.pk],
        )
        found = [
            (str(Message.State(state).label), str(reason), int(count))
            for state, reason, count in cursor.fetchall()
        ]
    for state in (State.LEFT, State.STOPPED):
        if members.get(state):
            found.append(("Skipped", str(state.label), members[state]))
    return sorted(found, key=lambda row: -row[2])


def _acts(campaign: Campaign) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(opened_at), count(clicked_at), count(unsubscribed_at) FROM journeys_message
               WHERE campaign_id = %s""",
            [campaign.pk],
        )
        opened, clicked, unsubscribed = cursor.fetchone()
    return opened, clicked, unsubscribed


def _after_message(campaign: Campaign) -> tuple[int, float]:
    """(shoppers who reached the goal, what they spent) within the hours after the message went out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), coalesce(sum(spent), 0) FROM (
                   SELECT m.profile_id, sum(i.value) AS spent FROM journeys_message m
                   JOIN profiles_interaction i ON i.profile_id = m.profile_id AND i.kind = %s
                       AND i.at >= m.attempted_at AND i.at < m.attempted_at + make_interval(hours => %s)
                   WHERE m.campaign_id = %s AND m.state = ANY(%s) AND m.attempted_at IS NOT NULL
                   GROUP BY 1) AS reached""",
            [_KINDS[campaign.goal], campaign.goal_hours, campaign.pk, list(SENT)],
        )
        goals, revenue = cursor.fetchone()
    return int(goals), float(revenue)


def _against_holdout(
    campaign: Campaign,
) -> tuple[Group | None, Group | None, Comparison | None, Comparison | None]:
    """Everybody whom the campaign decided about: who was to get it, whether or not they did, so that the two groups
    differ by chance and the campaign only (intention to treat)."""
    if not campaign.holdout:
        return None, None, None, None
    with connection.cursor() as cursor:
        # Summed where the rows are: an audience may be half a million. regr_sxx is the centred sum of squares.
        cursor.execute(
            """SELECT state, count(*), count(*) FILTER (WHERE n > 0), sum(spent), regr_sxx(spent, spent) FROM (
                   SELECT m.state, i.n, coalesce(i.spent, 0)::float8 AS spent
                   FROM journeys_campaignmember m LEFT JOIN LATERAL (
                       SELECT count(*) AS n, sum(i.value) AS spent FROM profiles_interaction i
                       WHERE i.profile_id = m.profile_id AND i.kind = %s
                           AND i.at >= m.at AND i.at < m.at + make_interval(hours => %s)) AS i ON true
                   WHERE m.campaign_id = %s AND m.state = ANY(%s)) AS each GROUP BY state""",
            [
                _KINDS[campaign.goal],
                campaign.goal_hours,
                campaign.pk,
                [State.HELD_OUT.value, State.HANDED_OVER.value],
            ],
        )
        sums = {state: rest for state, *rest in cursor.fetchall()}
    groups, rates, values = [], [], []
    for state in (State.HANDED_OVER, State.HELD_OUT):
        n, converted, spent, squares = sums.get(state.value, (0, 0, 0.0, 0.0))
        groups.append(Group(n, converted, spent))
        rates.append(Proportion(n, converted))
        values.append(Mean(Moments(n, spent / n if n else 0.0, yy=squares)))
    rate = value = None
    if all(group.shoppers > 1 for group in groups):
        rate = compare(rates[1].estimate(), rates[0].estimate())
        value = compare(values[1].estimate(), values[0].estimate())
    return groups[0], groups[1], rate, value
