"""A small shop: twelve items in four categories, with a price each."""

from __future__ import annotations

import pytest

from catalog.models import Item
from recommendations.serving.tenant_state import forget_states


@pytest.fixture(autouse=True)
def fresh_states() -> None:
    forget_states()


@pytest.fixture
def shop(inside: None) -> list[Item]:
    return [
        Item.objects.create(
            external_id=f"i{n}",
            title=f"Item {n}",
            brand="House",
            category=f"Food > Group {n % 4}",
            price=n + 1,
            currency="USD",
        )
        for n in range(12)
    ]
