"""A model whose files are damaged is not served: the version before it answers, and without one popular products."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from recommendations.models import ModelVersion
from recommendations.registry import artefact_folder
from recommendations.training import train_tenant
from tenants.models import Tenant

PATH = "/api/v1/recommendations?limit=4"
pytestmark = pytest.mark.usefixtures("shop")


def damage(folder: Path) -> None:
    (folder / "arrays.bin").write_bytes(b"not an array")


@pytest.fixture
def versions(shop, tenant: Tenant) -> list[ModelVersion]:
    """Two trained versions, the second one in production."""
    first = train_tenant(tenant.schema_name)
    ModelVersion.objects.filter(pk=first.pk).update(promoted_at=timezone.now() - dt.timedelta(days=7))
    return [first, train_tenant(tenant.schema_name)]


def test_the_version_in_production_answers(api, secret_key, versions) -> None:
    assert api(secret_key).get(PATH).json()["model_version"] == versions[1].version


def test_the_version_before_answers_for_a_damaged_one(api, secret_key, versions, tenant) -> None:
    damage(artefact_folder(tenant.schema_name, versions[1].version))
    answer = api(secret_key).get(PATH).json()
    assert answer["model_version"] == versions[0].version
    assert len(answer["items"]) == 4


def test_popular_products_answer_when_all_are_damaged(api, secret_key, versions, tenant) -> None:
    for version in versions:
        damage(artefact_folder(tenant.schema_name, version.version))
    answer = api(secret_key).get(PATH).json()
    assert answer["model_version"] is None
    assert len(answer["items"]) == 4
