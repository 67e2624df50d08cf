"""Content vectors: like things are near, new things soon, and nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from catalog.lines import ItemInput
from catalog.models import Item, ItemVector
from catalog.services import upsert_items
from catalog.tasks import embed_changed, sweep_vectors
from catalog.vectors import write
from catalog.vectors.embed import embed_stale
from catalog.vectors.search import nearest, vectors_matrix
from catalog.vectors.text import text_of
from catalog.vectors.tfidf import TfidfSvd
from tenants.models import Due, Tenant
from tests.catalog.bulk import ADDRESS, dress, post

Api = Callable[..., Client]
SHOP = {
    "dress1": ("Linen summer dress", "Women > Dresses"),
    "dress2": ("Floral summer dress", "Women > Dresses"),
    "dress3": ("Silk evening dress", "Women > Dresses"),
    "boot1": ("Leather hiking boots", "Men > Shoes > Boots"),
    "boot2": ("Suede hiking boots", "Men > Shoes > Boots"),
    "scarf1": ("Merino scarf", "Women > Accessories"),
}


@pytest.fixture(autouse=True)
def artefacts(settings: Any, tmp_path: Path) -> None:
    settings.ARTEFACT_ROOT = tmp_path


@pytest.fixture
def shop(tenant: Tenant, inside: None) -> str:
    upsert_items(
        tenant.schema_name,
        [ItemInput(item_id=name, title=title, category=path) for name, (title, path) in SHOP.items()],
    )
    embed_stale(tenant.schema_name)
    return tenant.schema_name


def near(schema: str, name: str, k: int) -> list[str]:
    pks = [pk for pk, _ in nearest(schema, Item.objects.get(external_id=name).pk, k)]
    found = Item.objects.in_bulk(pks)
    return [found[pk].external_id for pk in pks]


def test_like_items_are_near(shop: str) -> None:
    assert set(near(shop, "dress1", 2)) == {"dress2", "dress3"}
    assert near(shop, "boot1", 1) == ["boot2"]


def test_every_vector_has_unit_length(shop: str) -> None:
    matrix = vectors_matrix(shop, list(Item.objects.values_list("pk", flat=True)))
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)


def test_the_matrix_keeps_the_order_asked_for(shop: str) -> None:
    pks = list(Item.objects.order_by("-pk").values_list("pk", flat=True))
    matrix = vectors_matrix(shop, [pks[0], 999_999_999, pks[1]])
    stored = {v.item_id: v.vector for v in ItemVector.objects.all()}
    assert np.allclose(matrix[0], stored[pks[0]], atol=1e-6)
    assert np.allclose(matrix[2], stored[pks[1]], atol=1e-6)
    assert not matrix[1].any()


def test_only_what_changed_is_embedded_again(shop: str) -> None:
    assert embed_stale(shop).embedded == 0
    Item.objects.filter(external_id="boot1").update(price=3, available=False)
    assert embed_stale(shop).embedded == 0
    Item.objects.filter(external_id="boot1").update(title="Satin evening dress", category="Women > Dresses")
    assert embed_stale(shop).embedded == 1
    assert near(shop, "boot1", 3)[0] == "dress3"


def test_an_item_is_found_right_after_the_worker_saw_it(
    shop: str, api: Api, secret_key: str, tenant: Tenant
) -> None:
    post(
        api(secret_key), {"item_id": "dress9", "title": "Linen wedding dress", "category": "Women > Dresses"}
    )
    assert Due.objects.filter(tenant=tenant, queue="vectors").exists()
    assert embed_changed.run(shop) == 1
    similar = api(secret_key).get(f"{ADDRESS}/dress1/similar", {"limit": 5}).json()["items"]
    assert "dress9" in [item["item_id"] for item in similar]
    assert similar == sorted(similar, key=lambda item: -item["score"])


def test_what_is_off_offer_is_not_found(shop: str) -> None:
    Item.objects.filter(external_id="dress2").update(status="disabled")
    Item.objects.filter(external_id="dress3").update(available=False)
    assert not {"dress2", "dress3"} & set(near(shop, "dress1", 5))


def test_an_item_without_a_vector_has_no_neighbours(api: Api, secret_key: str, inside: None) -> None:
    post(api(secret_key), dress("A"))
    assert api(secret_key).get(f"{ADDRESS}/A/similar").json() == {"item_id": "A", "items": []}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x"])
def test_similar_refuses_a_limit_out_of_range(shop: str, api: Api, secret_key: str, limit: str) -> None:
    assert api(secret_key).get(f"{ADDRESS}/dress1/similar", {"limit": limit}).status_code == 400


def test_a_catalogue_that_doubled_gets_a_new_embedder(shop: str) -> None:
    upsert_items(
        shop,
        [ItemInput(item_id=f"lamp{n}", title=f"Brass lamp {n}", category="Home > Lamps") for n in range(8)],
    )
    report = embed_stale(shop)
    assert report.fitted
    assert report.embedded == 14
    assert ItemVector.objects.values("embedder").distinct().count() == 1
    assert near(shop, "lamp1", 1)[0].startswith("lamp")


def test_a_first_load_makes_the_same_index_again(
    tenant: Tenant, inside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def definition() -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND indexname = 'item_vector_hnsw'",
                [tenant.schema_name],
            )
            return str(cursor.fetchone()[0])

    before = definition()
    monkeypatch.setattr(write, "BULK", 1)
    upsert_items(
        tenant.schema_name, [ItemInput(item_id=n, title=t, category=c) for n, (t, c) in SHOP.items()]
    )
    assert embed_stale(tenant.schema_name).embedded == len(SHOP)
    assert definition() == before


def test_the_sweep_starts_tenants_with_waiting_items_and_the_task_ends_it(
    shop: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(embed_changed, "apply_async", lambda args, **_: started.append(args[0]))
    assert sweep_vectors() == 1
    assert started == [tenant.schema_name]
    Due.objects.update(at="2026-01-01T00:00:00Z")
    assert embed_changed.run(tenant.schema_name) == 0
    assert sweep_vectors() == 0


def test_an_item_without_words_gets_zeros_and_no_neighbours(shop: str) -> None:
    upsert_items(shop, [ItemInput(item_id="odd", title="☃")])
    embed_stale(shop)
    pk = Item.objects.get(external_id="odd").pk
    assert not vectors_matrix(shop, [pk]).any()
    assert nearest(shop, pk, 3) == []


def test_a_saved_embedder_embeds_alike(tmp_path: Path) -> None:
    texts = [text_of(title, "", path, "", {"n": n}) for n, (title, path) in enumerate(SHOP.values())] * 3
    texts += [text_of(f"word{n} thing{n % 7}", "b", "x > y", "", {}) for n in range(200)]
    fitted = TfidfSvd.fit(texts, version="7")
    fitted.save(tmp_path / "7")
    loaded = TfidfSvd.load(tmp_path / "7")
    assert (loaded.name, loaded.fitted_on) == (fitted.name, len(texts))
    assert np.allclose(loaded.embed(texts), fitted.embed(texts), atol=1e-6)
    assert not list(tmp_path.glob("**/*.pkl"))


def test_a_damaged_embedder_is_fitted_anew(shop: str, tmp_path: Path) -> None:
    for file in tmp_path.glob("*/embedder/*/idf.npy"):
        file.write_bytes(b"broken")
    Item.objects.filter(external_id="boot1").update(title="Rubber boots")
    report = embed_stale(shop)
    assert report.fitted
    assert report.embedded == len(SHOP)
