"""A tracking request counts once as a request and once per event, in one round trip."""

from __future__ import annotations

import time

from redis import Redis

from tenants import quota, redis
from tenants.problems import Problem
from tenants.scope import Scope

from ..backlog import FULL_SECONDS, full_key


def count(scope: Scope, events: int) -> None:
    """Raise 429 when the second or the day is full, and 503 when more events wait than workers could ever catch up with.

    A refused request's events are not held against the day.
    """
    now = time.time()
    requests, day = quota.request_key(scope, now), quota.event_key(scope, now)

    def ask(client: Redis) -> list[int]:
        pipe = client.pipeline(transaction=False)
        pipe.incr(requests)
        pipe.expire(requests, 3)
        pipe.incrby(day, events)
        pipe.expire(day, 2 * 86400)
        pipe.exists(full_key(scope.schema))
        return pipe.execute()

    try:
        answers = redis.run(ask)
        used, used_today, full = answers[0], answers[2], bool(answers[4])
        shared = True
    except redis.Unavailable:
        used, used_today = quota.count_locally(requests), quota.count_locally(day, events)
        shared = full = False
    try:
        quota.check_requests(scope, used, now)
        quota.check_events(scope, used_today, now)
        if full:
            raise Problem(
                503,
                "too_many_waiting",
                "More events wait than can be processed soon. Send these again later; nothing was taken.",
                headers={"Retry-After": str(FULL_SECONDS)},
            )
    except Problem:
        _give_back(day, events, shared)
        raise


def _give_back(day: str, events: int, shared: bool) -> None:
    if not shared:
        quota.count_locally(day, -events)
        return
    try:
        redis.run(lambda client: client.decrby(day, events))
    except redis.Unavailable:
        return  # the counts of the process start anew, and these events are not among them
