"""The results page: a verdict, a plot, a table, the numbers to take away."""

from __future__ import annotations

import csv
import io

import pytest

from experiments import services
from experiments.admin.results import precision
from experiments.models import Experiment, Look
from tenants.db import tenant_connection

from .conftest import signed_in
from .experiment_cast import running_experiment

ADDRESS = "/admin/experiments/results/{}/"


@pytest.fixture
def analyst(console):
    return console("analyst")


@pytest.fixture
def made(tenant):
    def make(**fields):
        with tenant_connection(tenant.schema_name):
            return running_experiment(**fields)

    return make


def test_the_verdict_is_one_sentence(analyst, made):
    page = analyst.get(ADDRESS.format(made(shoppers=2500, lift=1).key))
    assert page.context["sentence"].startswith("Personal beats Trending: conversion is ")
    assert page.content.decode().count(page.context["sentence"]) == 1


def test_every_metric_has_a_row_and_the_plot_all_looks(analyst, made):
    page = analyst.get(ADDRESS.format(made(shoppers=1500).key))
    assert [row.metric.key for row in page.context["rows"]] == [
        "conversion", "revenue-per-shopper", "average-order-value", "click-through",
    ]  # fmt: skip
    assert len(page.context["plot"].slices) == 30
    assert page.context["plot"].bands[0].name == "Personal"
    assert "1,500 shoppers" in page.context["plot"].slices[-1].tip


def test_variants_keep_their_order_when_read_back(analyst, made):
    key = made(shoppers=900, third=True).key
    first, second = (analyst.get(ADDRESS.format(key)) for _ in range(2))
    for page in (first, second):
        assert [row.variant for row in page.context["rows"][:2]] == ["Personal", "Bold"]
        assert [band.name for band in page.context["plot"].bands] == ["Personal", "Bold"]


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_shoppers_are_labelled(analyst, made, simulated):
    page = analyst.get(ADDRESS.format(made(simulated=simulated).key)).content.decode()
    assert ("Simulated shoppers" in page) is simulated
    assert ("click-through and conversion are the same number here" in page) is simulated


def test_a_broken_split_is_shown_unfolded(analyst, made):
    experiment = made(shoppers=600)
    with tenant_connection("t_alpha"):
        experiment.variants.filter(is_control=True).update(weight=80)
        experiment.variants.filter(is_control=False).update(weight=20)
    page = analyst.get(ADDRESS.format(experiment.key))
    assert "can't be trusted" in page.context["sentence"]
    assert '<details class="card fold" open>' in page.content.decode()


def test_nobody_yet(analyst, made):
    page = analyst.get(ADDRESS.format(made(shoppers=0).key)).content.decode()
    assert "Nobody has met this experiment yet." in page
    assert "All metrics" not in page


def test_a_draft_has_no_results_yet(analyst, made):
    page = analyst.get(ADDRESS.format(made(shoppers=0, status="draft", started_at=None).key))
    assert "has not been started" in page.content.decode()
    assert analyst.get(ADDRESS.format("home-order") + "numbers.csv").status_code == 404


def test_count_again_counts_again(analyst, made, tenant):
    key = made().key
    analyst.get(ADDRESS.format(key))
    with tenant_connection(tenant.schema_name):
        before = Look.objects.get().at
    analyst.get(ADDRESS.format(key))
    with tenant_connection(tenant.schema_name):
        assert Look.objects.get().at == before
    analyst.get(ADDRESS.format(key) + "?again")
    with tenant_connection(tenant.schema_name):
        assert Look.objects.get().at > before


def test_the_numbers_as_csv(analyst, made):
    answer = analyst.get(ADDRESS.format(made(shoppers=800).key) + "numbers.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="home-order-results.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {line["metric"] for line in lines} >= {"conversion", "click-through"}
    last = [line for line in lines if line["metric"] == "conversion"][-1]
    assert (last["variant"], last["shoppers"], last["role"]) == ("personal", "800", "primary")
    assert float(last["difference_low"]) < float(last["difference"]) < float(last["difference_high"])
    assert float(last["always_valid_difference_low"]) < float(last["difference_low"])


def test_an_unknown_experiment(analyst):
    assert analyst.get(ADDRESS.format("nothing")).status_code == 404


def test_another_tenants_analyst_finds_nothing(made, rival):
    from .conftest import make_staff

    key = made().key
    with tenant_connection(rival.schema_name):
        assert not Experiment.objects.exists()
    browser = signed_in(rival, make_staff(rival, "analyst"))
    assert browser.get(ADDRESS.format(key)).status_code == 404


def test_another_that_ran_at_the_same_time_is_told_of_beside_the_verdict(analyst, made):
    first = made(shoppers=60)
    second = made(shoppers=60, key="second", name="Another order")
    for one, other in ((first, second), (second, first)):
        page = analyst.get(ADDRESS.format(one.key)).content.decode()
        assert f"“{other.name}” ran in the same placement at the same time." in page


def test_a_stop_is_known_to_pages_that_show_what_was_counted_before(analyst, made, tenant):
    experiment = made(shoppers=2500, lift=1)
    analyst.get(ADDRESS.format(experiment.key))
    with tenant_connection(tenant.schema_name):
        services.stop(tenant.schema_name, experiment.pk, actor="user:1")
    page = analyst.get(f"/admin/experiments/experiment/{experiment.pk}/change/").content.decode()
    assert "right to stop when you did" in page
    assert "may stop at any time" not in page


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(3, "second"), (239, "second"), (240, "time"), (86_400, "time"), (90_000, "hour"), (400_000, "day")],
)
def test_moments_of_the_axis_are_told_apart(seconds, written):
    assert precision(seconds) == written
