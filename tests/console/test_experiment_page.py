"""An experiment's page: what a start would touch, what each role may do, where the analyst lands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from experiments import services
from experiments.models import Experiment
from tenants.workspace.models import AuditRecord, User

from .conftest import PASSWORD, make_staff

pytestmark = pytest.mark.usefixtures("inside")


def address(experiment: Experiment, verb: str = "change") -> str:
    return f"/admin/experiments/experiment/{experiment.pk}/{verb}/"


@pytest.fixture(autouse=True)
def alone(filled, inside: None) -> None:
    """Nothing else runs on the home page."""
    Experiment.objects.filter(pk=filled.measured.pk).update(placement="search")


def state(experiment: Experiment) -> str:
    return Experiment.objects.get(pk=experiment.pk).status


def test_from_start_to_stop(desk, filled) -> None:
    analyst, experiment = desk("analyst"), filled.experiment
    states = []
    for verb, data in (("start", {}), ("ramp", {"traffic": "30"}), ("pause", {}), ("resume", {}),
                       ("stop", {"conclusion": "Personal it is."}), ("archive", {})):  # fmt: skip
        analyst.post(address(experiment, verb), data)
        states.append(state(experiment))
    assert states == ["running", "running", "paused", "running", "stopped", "archived"]
    done = Experiment.objects.get(pk=experiment.pk)
    assert (done.traffic, done.conclusion) == (Decimal(30), "Personal it is.")
    actions = set(AuditRecord.objects.values_list("action", flat=True))
    assert {
        f"experiment {verb}" for verb in ("started", "ramped", "paused", "resumed", "stopped", "archived")
    } <= actions


def test_what_is_in_the_way_of_a_start_is_shown(desk, filled) -> None:
    filled.experiment.metrics.all().delete()
    analyst = desk("analyst")
    page = analyst.get(address(filled.experiment)).content.decode()
    assert "Choose the primary metric" in page
    assert "Start the experiment" not in page
    analyst.post(address(filled.experiment, "start"))
    assert state(filled.experiment) == "draft"


def test_the_page_says_what_a_start_touches(desk, filled) -> None:
    preview = desk("analyst").get(address(filled.experiment)).context["preview"]
    assert (preview.reach, preview.target) == (1, "Home page")
    assert [row.shows for row in preview.shown] == ["For this shopper, 15 items", "Trending now, 15 items"]


def test_the_overlap_alarm_names_the_other(desk, filled, tenant) -> None:
    analyst = desk("analyst")
    analyst.post(address(filled.experiment, "duplicate"))
    copy = Experiment.objects.get(name__endswith="(copy)")
    services.start(tenant.schema_name, filled.experiment.pk, actor="user:1")
    page = analyst.get(address(copy)).content.decode()
    assert "changes the same placement, and looks at Click-through" in page


def test_the_list_shows_experiments_with_their_state(desk, filled) -> None:
    page = desk("marketer").get("/admin/experiments/experiment/").content.decode()
    assert "Popular on the home page" in page
    assert "home: Personal · Popular" in page


@pytest.mark.parametrize(
    "verb", ["start", "pause", "resume", "ramp", "stop", "archive", "duplicate", "access"]
)
def test_a_marketer_changes_nothing(desk, filled, verb) -> None:
    before = Experiment.objects.count()
    assert desk("marketer").post(address(filled.experiment, verb)).status_code == 403
    assert (Experiment.objects.count(), state(filled.experiment)) == (before, "draft")


def test_an_action_is_never_a_get(desk, filled) -> None:
    assert desk("analyst").get(address(filled.experiment, "start")).status_code == 405


def test_a_marketer_who_is_named_may(tenant, filled, desk) -> None:
    marketer = make_staff(tenant, "marketer")
    services.name_users(filled.experiment, [marketer], restricted=False, actor="user:1")
    assert desk(user=marketer).post(address(filled.experiment, "start")).status_code == 302
    assert state(filled.experiment) == "running"


def test_a_restricted_one_is_left_to_those_named_and_owners(tenant, filled, desk) -> None:
    analyst, owner = make_staff(tenant, "analyst"), desk("owner")
    named = User.objects.create_user("named", "named@alpha.example", PASSWORD, is_staff=True)
    owner.post(address(filled.experiment, "access"), {"restricted": "on", "users": [named.pk]})
    assert desk(user=analyst).post(address(filled.experiment, "start")).status_code == 403
    assert "Start the experiment" not in desk(user=analyst).get(address(filled.experiment)).content.decode()
    assert owner.post(address(filled.experiment, "start")).status_code == 302
    assert state(filled.experiment) == "running"


def test_what_has_run_is_not_deleted(desk, filled, tenant) -> None:
    owner = desk("owner")
    services.start(tenant.schema_name, filled.experiment.pk, actor="user:1")
    assert owner.post(address(filled.experiment, "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "page"), [("analyst", "/admin/experiments/experiment/"), ("marketer", "/admin/")]
)
def test_each_role_lands_where_it_works(tenant, client, role, page) -> None:
    user = make_staff(tenant, role)
    data = {"username": user.username, "password": PASSWORD}
    head = {"host": "alpha.localhost"}
    assert client.post("/admin/login/", {**data, "next": "/admin/"}, headers=head)["Location"] == page
    asked = client.post("/admin/login/?next=/admin/catalog/item/", data, headers=head)
    assert asked["Location"] == "/admin/catalog/item/"


def test_an_overlapping_start_has_to_be_confirmed(desk, filled, tenant) -> None:
    analyst, first = desk("analyst"), filled.experiment
    analyst.post(address(first, "duplicate"))
    copy = Experiment.objects.get(name__endswith="(copy)")
    services.start(tenant.schema_name, first.pk, actor="user:1")
    page = analyst.get(address(copy)).content.decode()
    assert "Put both into a layer, or wait until it has ended. Started all the same" in page
    assert 'name="overlapping" required' in page
    refused = analyst.post(address(copy, "start"), follow=True).content.decode()
    assert "would falsify each other" in refused
    assert state(copy) == "draft"
    analyst.post(address(copy, "start"), {"overlapping": "on"})
    assert state(copy) == "running"
