"""kill -9 of the worker in the middle of a campaign: the next one goes on, nobody is left out or written to twice."""

from __future__ import annotations

import os
import signal
import time

import pytest
from django.db import connections

from journeys.campaigns import run, services
from journeys.models import CampaignMember, Message

from .conftest import status

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("committed")]
PEOPLE = 150


def worker(scope):
    """Another process that hands over one shopper at a time, as fast as it can; its id."""
    pid = os.fork()
    if pid:
        return pid
    for connection in connections.all():
        connection.connection = None  # the parent's; closing it here would end the parent's session
    run.HANDED_AT_ONCE = 1
    while run.run_once(scope):
        pass
    os._exit(0)


def test_a_killed_campaign_goes_on(scope, audience, campaign):
    people, mine = audience(PEOPLE), campaign()
    services.start(scope, mine, actor="test")
    kills = 0
    for so_far in (10, 40, 80):
        pid = worker(scope)
        deadline = time.monotonic() + 30
        while Message.objects.count() < so_far and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(pid, signal.SIGKILL)
        _, how = os.waitpid(pid, 0)
        kills += os.WIFSIGNALED(how)
        # What is written and who is written down always agree.
        time.sleep(0.1)
        handed = CampaignMember.objects.filter(state=CampaignMember.State.HANDED_OVER).count()
        assert handed == Message.objects.count()
        assert handed < PEOPLE
    assert kills == 3
    assert status(mine) == "running"
    while run.run_once(scope):
        pass
    assert status(mine) == "done"
    assert sorted(Message.objects.values_list("profile_id", flat=True)) == sorted(people.values())
