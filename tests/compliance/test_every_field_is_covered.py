"""Every field of every table is in a store that erases it, or somebody said why it names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from django.apps import apps
from django.conf import settings

from compliance.registry import declared_impersonal, stores

ROOMS = {"tenants"}  # of the public schema, the one app whose tables could name a shopper
OUTSIDE = ("valkey:", "files:", "memory:")


def fields() -> Iterator[str]:
    for config in apps.get_app_configs():
        if config.name not in settings.TENANT_APPS and config.name not in ROOMS:
            continue
        for model in config.get_models(include_auto_created=True):
            if model._meta.proxy:
                continue
            for field in model._meta.local_concrete_fields:
                yield f"{config.label}.{model.__name__}.{field.name}"


FIELDS = sorted(fields())
COVERED = {pattern: store.name for store in stores() for pattern in store.covers}


def matching(field: str, patterns: object) -> list[str]:
    return [p for p in patterns if fnmatchcase(field, p)]  # type: ignore[attr-defined]


def test_there_are_fields() -> None:
    assert {"profiles.Identifier.value_sealed", "tenants.PersonKey.wrapped"} <= set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_erased_or_impersonal(field: str) -> None:
    erased, declared = matching(field, COVERED), matching(field, declared_impersonal())
    assert erased or declared, (
        f"{field}: say in the app's personal_data.py which store erases it, or why it holds nothing of a person"
    )
    assert not (erased and declared), f"{field} is both erased by {erased} and declared impersonal"


@pytest.mark.parametrize("pattern", sorted({*COVERED, *declared_impersonal()}))
def test_a_pattern_names_one_model_and_something_in_it(pattern: str) -> None:
    if pattern.startswith(OUTSIDE):
        return
    assert len(pattern.split(".")) == 3, f"{pattern}: a new model must not be covered unseen"
    assert "*" not in pattern.rpartition(".")[0]
    assert matching_fields(pattern), f"{pattern} covers nothing any more"


def matching_fields(pattern: str) -> list[str]:
    return [field for field in FIELDS if fnmatchcase(field, pattern)]


def test_a_new_field_would_be_found() -> None:
    assert not matching("profiles.Profile2.shoe_size", [*COVERED, *declared_impersonal()])
