"""TF-IDF and truncated SVD (latent semantic analysis, Deerwester et al. 1990): the embedder that needs no network.

The fitted model is three files without pickle: the vocabulary as JSON, idf and components as npy.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from .text import features

MAX_FEATURES = 20_000
FIT_SAMPLE = 60_000


class TfidfSvd:
    """`components` has the shape (dimensions, vocabulary); `fitted_on` is the number of texts it was fitted on."""

    def __init__(
        self,
        version: str,
        vocabulary: dict[str, int],
        idf: NDArray[np.float32],
        components: NDArray[np.float32],
        fitted_on: int,
    ) -> None:
        self.version = version
        self.name = f"tfidf-svd {version}"
        self.fitted_on = fitted_on
        self._vocabulary = vocabulary
        self._idf = idf
        self._components = components
        self._counter = _vectorizer(vocabulary)
        self._counter.idf_ = idf.astype(np.float64)

    @classmethod
    def fit(cls, texts: Sequence[str], *, version: str, dimensions: int = 64, seed: int = 7) -> TfidfSvd:
        """Fit on these texts (`text_of`). Fewer words than dimensions: each word gets a dimension of its own."""
        # Equal texts say nothing twice, and a catalogue has many.
        distinct = list(dict.fromkeys(texts))
        if len(distinct) > FIT_SAMPLE:
            chosen = np.random.default_rng(seed).choice(len(distinct), FIT_SAMPLE, replace=False)
            distinct = [distinct[i] for i in np.sort(chosen)]
        counter = _vectorizer(None, min_df=2 if len(distinct) >= 1000 else 1)
        try:
            weighted = counter.fit_transform(distinct).astype(np.float32)
        except ValueError:  # no text has any word
            return cls(
                version, {}, np.zeros(0, np.float32), np.zeros((dimensions, 0), np.float32), len(texts)
            )
        words = weighted.shape[1]
        components = np.zeros((dimensions, words), np.float32)
        if words <= dimensions:
            components[:words] = np.eye(words, dtype=np.float32)
        else:
            rank = min(dimensions, min(weighted.shape))
            svd = TruncatedSVD(rank, algorithm="randomized", n_iter=4, random_state=seed)
            svd.fit(weighted)
            components[:rank] = svd.components_
        vocabulary = {word: int(index) for word, index in counter.vocabulary_.items()}
        return cls(version, vocabulary, counter.idf_.astype(np.float32), components, len(texts))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, dimensions), rows of unit length; a text without a known word gets zeros."""
        dimensions = len(self._components)
        if not self._vocabulary or not len(texts):
            return np.zeros((len(texts), dimensions), np.float32)
        index: dict[str, int] = {}
        positions = np.fromiter((index.setdefault(text, len(index)) for text in texts), np.int64, len(texts))
        weighted: sparse.csr_matrix = self._counter.transform(list(index)).astype(np.float32)
        vectors = np.asarray(weighted @ self._components.T, np.float32)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        # What the components hardly see is noise, not a direction.
        vectors = np.where(length > 1e-4, vectors / np.maximum(length, 1e-12), 0).astype(np.float32)
        return vectors[positions]

    def save(self, folder: Path) -> None:
        """Write the model; the folder appears whole or not at all."""
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        words = sorted(self._vocabulary, key=self._vocabulary.__getitem__)
        manifest = {"version": self.version, "fitted_on": self.fitted_on, "words": words}
        (partial / "vocabulary.json").write_text(json.dumps(manifest, ensure_ascii=False))
        np.save(partial / "idf.npy", self._idf)
        np.save(partial / "components.npy", self._components)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> TfidfSvd:
        """Raises OSError or ValueError when the files are missing or damaged."""
        manifest = json.loads((folder / "vocabulary.json").read_text())
        vocabulary = {word: index for index, word in enumerate(manifest["words"])}
        idf = np.load(folder / "idf.npy", allow_pickle=False)
        components = np.load(folder / "components.npy", allow_pickle=False)
        if idf.shape != (len(vocabulary),) or components.shape[1] != len(vocabulary):
            raise ValueError(f"{folder}: the parts of the embedder do not fit together")
        return cls(manifest["version"], vocabulary, idf, components, manifest["fitted_on"])


def _vectorizer(vocabulary: dict[str, int] | None, min_df: int = 1) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=features,
        vocabulary=vocabulary,
        min_df=min_df,
        max_features=None if vocabulary else MAX_FEATURES,
        sublinear_tf=True,
    )
