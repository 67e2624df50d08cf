"""Results over HTTP: what they say, and the refusals."""

import pytest

from experiments.models import Experiment
from tenants.db import tenant_connection
from tenants.keys import create_key

from .log import busy_log, experiment, later

METRICS = {"conversion": "primary", "revenue-per-shopper": "secondary"}


@pytest.fixture
def reader(tenant, api):
    return api(create_key(tenant=tenant, kind="secret", name="reports", scopes=["experiments:read"])[1])


@pytest.fixture
def running(inside):
    made = experiment(metrics=METRICS)
    busy_log(made, units=300, lift=0.5).write()
    return made


def test_the_results_of_an_experiment(running, reader, time_machine):
    time_machine.move_to(later(days=40))
    found = reader.get("/api/v1/experiments/home-order/results").json()
    assert (found["key"], found["status"], found["simulated"], found["units"]) == (
        "home-order", "running", False, 300,
    )  # fmt: skip
    assert [v["key"] for v in found["variants"]] == ["control", "personal"]
    assert [m["role"] for m in found["metrics"]] == ["primary", "secondary"]
    comparison = found["metrics"][0]["comparisons"][0]
    inner, outer = comparison["difference"], comparison["always_valid_difference"]
    assert outer["low"] < inner["low"] < inner["value"] < inner["high"] < outer["high"]
    assert len(found["metrics"][0]["looks"]) == 30
    assert found["verdict"]["metric"] == "conversion"
    assert found["as_of"].startswith("2026-04-11")


def test_money_is_said_in_the_tenants_currency(inside, reader, time_machine):
    time_machine.move_to(later(days=40))
    made = experiment(metrics={"revenue-per-shopper": "primary"})
    busy_log(made, units=400, lift=3).write()
    verdict = reader.get("/api/v1/experiments/home-order/results").json()["verdict"]
    assert verdict["code"] == "better"
    assert verdict["sentence"].startswith("Personal beats Control: revenue per shopper is ")


def test_one_that_never_started_has_none(inside, reader):
    experiment(status="draft", started_at=None)
    answer = reader.get("/api/v1/experiments/home-order/results")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_started")


def test_an_unknown_one(tenant, reader):
    answer = reader.get("/api/v1/experiments/nothing-here/results")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_experiment")


def test_a_key_without_the_scope_is_refused(running, tenant, api):
    key = create_key(tenant=tenant, kind="secret", name="shop", scopes=["recommend"])[1]
    answer = api(key).get("/api/v1/experiments/home-order/results")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_a_publishable_key_never_reads_results(running, publishable_key, api):
    assert api(publishable_key).get("/api/v1/experiments/home-order/results").status_code == 403


def test_another_tenant_finds_nothing_under_the_same_key(running, rival, rival_key, api):
    assert api(rival_key).get("/api/v1/experiments/home-order/results").status_code == 404
    with tenant_connection(rival.schema_name):
        Experiment.objects.create(key="home-order", name="Theirs", status="draft")
    assert api(rival_key).get("/api/v1/experiments/home-order/results").status_code == 409


def test_what_ran_beside_it_is_named(running, reader):
    assert reader.get("/api/v1/experiments/home-order/results").json()["overlaps"] == []
    Experiment.objects.filter(pk=running.pk).update(placement="home")
    Experiment.objects.create(
        key="beside", name="Beside it", status="running", placement="home", started_at=later(days=1)
    )
    assert reader.get("/api/v1/experiments/home-order/results").json()["overlaps"] == [
        {"key": "beside", "name": "Beside it", "same_change": False, "earlier": False}
    ]
