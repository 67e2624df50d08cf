"""Limits of an expectation on its page: changed by those who may, with what is wrong said beside the field."""

import pytest

from profiles.models import ExpectationLimit
from tenants.db import tenant_connection

from .conftest import pages


@pytest.fixture
def address(filled):
    return pages(filled)["expectation"]


@pytest.fixture
def limits(scope):
    def read():
        with tenant_connection(scope.schema):
            return [(row.name, row.fail, row.off) for row in ExpectationLimit.objects.all()]

    return read


def test_an_analyst_sets_limits_and_takes_them_back(console, address, limits):
    analyst = console("analyst")
    answer = analyst.post(address, {"warn": "3", "fail": "12.5"}, follow=True)
    assert "These are your own limits." in answer.content.decode()
    assert limits() == [("order_adds_up", 0.125, False)]
    analyst.post(address, {"off": "1"})
    assert "Switched off" in analyst.get(address).content.decode()
    analyst.post(address, {"reset": "1"})
    assert limits() == []


def test_nonsense_stays_in_its_field(console, address):
    page = console("owner").post(address, {"warn": "lots", "fail": "5"}).content.decode()
    assert 'value="lots"' in page
    assert "Write a share in per cent" in page


def test_who_may_only_read_changes_nothing(console, address, limits):
    officer = console("marketer")
    assert officer.post(address, {"warn": "3", "fail": "5"}).status_code == 403
    assert "Switch it off" not in officer.get(address).content.decode()
    assert limits() == []
