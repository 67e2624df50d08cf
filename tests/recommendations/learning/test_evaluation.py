import numpy as np
import pyarrow.parquet as pq
import pytest

from recommendations.learning.data import DAY
from recommendations.learning.evaluation.baselines import BASELINES, Facts, ease
from recommendations.learning.evaluation.leaderboard import evaluate
from recommendations.learning.evaluation.lists import export_lists
from recommendations.learning.evaluation.metrics import Relevant, coverage, ndcg, novelty, ratio, recall
from recommendations.learning.evaluation.window import Window
from recommendations.learning.sources.base import Log
from tests.recommendations.learning.conftest import FAST, NOW, catalogue, grocer_log

CUT = NOW - 31 * DAY


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    return evaluate(grocer_log(), catalogue(200), CUT, 31, folder, settings=FAST)


def random_lists(seed=0, people=40, items=60):
    rng = np.random.default_rng(seed)
    rows = np.stack([rng.permutation(items)[:20] for _ in range(people)]).astype(np.int32)
    wanted = [np.sort(rng.choice(items, rng.integers(1, 25), replace=False)) for _ in range(people)]
    start = np.concatenate([[0], np.cumsum([len(w) for w in wanted])])
    return rows, Relevant(start, np.concatenate(wanted).astype(np.int32)), wanted


def test_ndcg_and_recall_agree_with_ranx():
    ranx = pytest.importorskip("ranx")
    rows, relevant, wanted = random_lists()
    qrels = ranx.Qrels({str(u): {str(i): 1 for i in items} for u, items in enumerate(wanted)})
    run = ranx.Run(
        {str(u): {str(i): 1.0 / (r + 1) for r, i in enumerate(line)} for u, line in enumerate(rows)}
    )
    theirs = ranx.evaluate(qrels, run, ["ndcg@10", "recall@10"])
    assert ndcg(rows, relevant).mean() == pytest.approx(theirs["ndcg@10"])
    assert recall(rows, relevant).mean() == pytest.approx(theirs["recall@10"])


def test_ndcg_by_hand():
    relevant = Relevant(np.asarray([0, 2, 3]), np.asarray([4, 7, 9], np.int32))
    lists = np.asarray([[4, 1, 7], [1, -1, -1]], np.int32)
    ideal = 1 + 1 / np.log2(3)
    assert ndcg(lists, relevant) == pytest.approx([(1 + 0.5) / ideal, 0])


def test_coverage_and_novelty_by_hand():
    lists = np.asarray([[0, 1], [1, -1]], np.int32)
    assert coverage(lists, 4) == 0.5
    assert novelty(lists, np.asarray([0.5, 0.25, 0, 0])) == pytest.approx((1 + 2 + 2) / 3)


def test_the_interval_of_a_ratio_holds_it_and_tightens_for_equal_methods():
    rng = np.random.default_rng(0)
    theirs = rng.random(300)
    found = ratio(theirs * 1.1, theirs)
    assert (found.low, found.value, found.high) == pytest.approx((1.1, 1.1, 1.1))
    noisy = ratio(theirs + rng.normal(0, 0.2, 300), theirs)
    assert noisy.low < noisy.value < noisy.high


def test_a_window_looks_only_forward_and_new_means_never_bought():
    log, shelf = grocer_log(), catalogue(200)
    window = Window.of(log, shelf, CUT, 31)
    assert window.known().at.max() < CUT
    for index, shopper in enumerate(window.shoppers["new"]):
        start = window.relevant["new"].start
        fresh = window.relevant["new"].items[start[index] : start[index + 1]]
        assert not np.isin(fresh, window.bought_by(int(shopper))).any()
    assert window.relevant["all"].sizes.sum() > window.relevant["new"].sizes.sum() > 0


def test_ease_as_a_competitor_is_the_closed_form():
    log = grocer_log(items=40, shoppers=30).sorted_by_shopper()
    facts = Facts.of(Log.of(log, catalogue(40), NOW, 0), log.shoppers)
    x = facts.binary.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 50 * np.eye(x.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    scores = ease(facts, 50.0)(np.arange(30, dtype=np.int32))
    assert np.allclose(scores, x @ weights, atol=1e-3)


def test_the_leaderboard_names_every_competitor_in_both_scopes(report):
    for scope in ("all", "new"):
        methods = {line.method for line in report.lines if line.scope == scope}
        assert methods == {"Attune", *(baseline.name for baseline in BASELINES)}
        best = max((line for line in report.lines if line.scope == scope and line.method != "Attune"),
                   key=lambda line: line.ndcg)  # fmt: skip
        assert report.best[scope] == best.method
        assert report.ratios[scope].low <= report.ratios[scope].value <= report.ratios[scope].high


def test_the_report_prints_its_protocol(report):
    text = report.text()
    assert text.startswith("Protocol: purchases in the 31 days from")
    assert "no sampled negatives" in text


def test_scope_new_lists_hold_nothing_bought_before(report):
    window = Window.of(grocer_log(), catalogue(200), CUT, 31)
    lists = report.lists["new"]
    for index, shopper in enumerate(lists.shoppers):
        shown = lists.rows[index][lists.rows[index] >= 0]
        assert not np.isin(shown, window.bought_by(int(shopper))).any()


def test_exported_lists_carry_the_merchant_s_ids(report, tmp_path):
    shelf = catalogue(200)
    window = Window.of(grocer_log(), shelf, CUT, 31)
    lines = export_lists(
        tmp_path / "lists.parquet", window, report.lists, [f"household {n}" for n in range(150)]
    )
    table = pq.read_table(tmp_path / "lists.parquet").to_pandas()
    assert len(table) == lines
    assert list(table.columns) == ["shopper", "item", "rank", "score", "source", "scope"]
    assert set(table.scope) == {"all", "new"}
    assert table.item.str.startswith("sku-").all()
    one = table[(table.shopper == table.shopper[0]) & (table.scope == "all")]
    assert one["rank"].tolist() == list(range(1, 21))
    assert one.score.is_monotonic_decreasing


def test_a_window_nobody_bought_in_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nobody bought"):
        evaluate(grocer_log(), catalogue(200), NOW + DAY, 31, tmp_path, settings=FAST)
