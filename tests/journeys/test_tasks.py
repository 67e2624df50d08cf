"""Work is found through the public due table, whatever became of hints; nobody polls every schema."""

import pytest
from django.db import connection

from journeys import hints
from journeys.models import Enrolment, Message
from journeys.tasks import advance_journeys, deliver_messages, sweep
from tenants import due, redis
from tenants.models import Tenant

from .conftest import TRIGGER

pytestmark = pytest.mark.usefixtures("committed")
SEND = ("send", {"template": "hello"})


def hinted(schema: str, task: str = hints.ADVANCE) -> bool:
    return bool(redis.raw_client().exists(hints.mark_key(schema, task)))


@pytest.fixture
def entered(journey, template, shopper, happen):
    template()
    journey(TRIGGER, SEND)
    shopper()
    happen("Product Added")


def test_the_sweep_finds_who_is_due_and_only_them(entered, scope, rival):
    redis.raw_client().flushdb()
    assert sweep() == 1
    assert hinted(scope.schema)
    assert not hinted(rival.schema_name)


def test_one_hint_at_a_time(entered, scope):
    redis.raw_client().flushdb()
    assert (sweep(), sweep()) == (1, 0)
    hints.take_up(scope.schema, hints.ADVANCE)
    assert sweep() == 1


def test_from_the_event_to_the_message_by_tasks_alone(entered, scope):
    assert advance_journeys(scope.schema) == 1
    assert deliver_messages(scope.schema) == 1
    assert advance_journeys(scope.schema) == 1
    assert Enrolment.objects.get().outcome == "completed"
    assert Message.objects.get().state == "sent"


def test_doing_it_again_is_harmless(entered, scope):
    for _ in range(3):
        advance_journeys(scope.schema)
        deliver_messages(scope.schema)
    assert Message.objects.count() == 1
    assert Enrolment.objects.get().steps.count() == 3


def test_what_is_done_is_forgotten(entered, scope):
    advance_journeys(scope.schema)
    deliver_messages(scope.schema)
    advance_journeys(scope.schema)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.tenants_due SET at = at - interval '1 hour'")
    sweep()
    assert not {queue for queue in ("journeys", "messages") if due.due_tenants(queue)}


def test_a_suspended_shop_sends_nothing_and_loses_nothing(entered, scope):
    advance_journeys(scope.schema)
    Tenant.objects.filter(pk=scope.tenant_id).update(status="suspended")
    assert deliver_messages(scope.schema) == 0
    Tenant.objects.filter(pk=scope.tenant_id).update(status="active")
    assert deliver_messages(scope.schema) == 1


def test_a_task_without_a_tenant_fails():
    with pytest.raises(ValueError, match="needs its schema_name"):
        advance_journeys()


def test_journeys_go_on_while_valkey_is_away(entered, scope, happen, settings, run):
    address = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.close()
    try:
        happen("Product Viewed")
        run()
    finally:
        settings.REDIS_URL = address
        redis.close()
    assert Message.objects.count() == 1
