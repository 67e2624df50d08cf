import numpy as np
import pytest

from recommendations.learning.data import PURCHASE, VIEW, ShopperHistory
from recommendations.learning.serving import recommend
from tests.recommendations.learning.conftest import NOW


@pytest.mark.parametrize("kind", ["user", "similar", "complement", "trending"])
def test_answers_are_distinct_ordered_and_never_excluded(grocer, kind):
    artefact = grocer.artefact
    banned = np.arange(0, 200, 3)
    seed = [int(artefact.item_pk[1])]
    answer = recommend(
        artefact, grocer.history(1), NOW, k=12, exclude=banned, placement_kind=kind, seed_items=seed
    )
    assert 0 < len(answer.rows) <= 12
    assert len(np.unique(answer.rows)) == len(answer.rows) == len(answer.scores) == len(answer.source)
    assert not np.isin(answer.rows, banned).any()
    assert np.all(np.diff(answer.scores) <= 0)
    assert np.all((answer.scores >= 0) & (answer.scores <= 1))


def test_only_what_is_allowed_is_answered(grocer):
    allowed = np.zeros(200, bool)
    allowed[[150, 160, 170]] = True
    answer = recommend(grocer.artefact, grocer.history(1), NOW, k=10, allowed=allowed)
    assert set(answer.rows.tolist()) == {150, 160, 170}


def test_nothing_allowed_is_an_empty_answer(grocer):
    answer = recommend(grocer.artefact, grocer.history(1), NOW, k=10, allowed=np.zeros(200, bool))
    assert len(answer.rows) == 0


def test_scope_new_has_nothing_that_was_bought(grocer):
    history = grocer.history(4)
    answer = recommend(grocer.artefact, history, NOW, k=20, scope="new")
    assert len(answer.rows) == 20
    assert not np.isin(grocer.artefact.item_pk[answer.rows], history.item_pk).any()


def test_a_shopper_nobody_knows_gets_an_answer(grocer):
    assert len(recommend(grocer.artefact, ShopperHistory.empty(), NOW, k=15).rows) == 15


def test_history_of_items_that_left_the_catalogue_is_no_error(grocer):
    strange = ShopperHistory.of([1, 2, 5], [NOW - 1_000_000, NOW - 5_000, NOW - 50], [PURCHASE, VIEW, VIEW])
    assert len(recommend(grocer.artefact, strange, NOW, k=15).rows) == 15


@pytest.mark.parametrize("name", ["grocer", "boutique"])
def test_looking_at_items_changes_the_next_answer(name, request):
    shop = request.getfixturevalue(name)
    looked = shop.artefact.item_pk[[45, 65, 85]].tolist()  # one shelf
    before = recommend(shop.artefact, shop.history(5), NOW, k=15)
    after = recommend(shop.artefact, shop.history(5), NOW, k=15, session=looked)
    shelf = shop.catalogue.category
    assert before.rows.tolist() != after.rows.tolist()
    same = shelf[45]
    nearer = 1 / np.arange(1, 16)
    assert nearer @ (shelf[after.rows] == same) > nearer @ (shelf[before.rows] == same)


def test_similar_items_share_the_seed_s_category_and_leave_the_seed_out(grocer):
    seed = int(grocer.artefact.item_pk[7])
    answer = recommend(
        grocer.artefact, ShopperHistory.empty(), NOW, k=5, placement_kind="similar", seed_items=[seed]
    )
    category = grocer.catalogue.category
    assert 7 not in answer.rows
    assert (category[answer.rows] == category[7]).sum() >= 3


def test_complements_come_from_other_categories(grocer):
    seed = int(grocer.artefact.item_pk[7])
    answer = recommend(
        grocer.artefact, ShopperHistory.empty(), NOW, k=5, placement_kind="complement", seed_items=[seed]
    )
    category = grocer.catalogue.category
    assert not (category[answer.rows] == category[7]).any()


def test_a_seed_that_nobody_knows_falls_back_to_the_shopper(grocer):
    answer = recommend(
        grocer.artefact, grocer.history(1), NOW, k=5, placement_kind="similar", seed_items=[999_999]
    )
    assert len(answer.rows) == 5


def test_the_answer_says_what_it_was_made_of(grocer):
    answer = recommend(grocer.artefact, grocer.history(1), NOW, k=5)
    assert answer.considered >= 5
    assert answer.contributions(0)["item_gap"] > 0
