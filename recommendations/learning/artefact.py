"""A trained model as two plain files: arrays that are memory-mapped, trees among them, and a manifest."""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import dtype_to_descr
from numpy.typing import NDArray

from .features import FEATURES
from .history import ShopperHistory
from .ranker import Ranker
from .shopper import Shopper

FORMAT = 6
# All arrays end to end: one file to open, check and map, where a thousand tenants would need forty thousand maps.
ARRAYS = "arrays.bin"
ALIGNMENT = 64


class BadArtefact(ValueError):
    """A folder that is not a readable artefact: another format, a missing or changed file."""


@dataclass(frozen=True)
class Manifest:
    """What an artefact is and where it came from.

    ``files``: name → sha256. ``arrays``: name → dtype, shape and place in the file. ``neutral``: the usual feature values.
    """

    version: str
    as_of: int
    data_from: int
    data_until: int
    items: int
    shoppers: int
    interactions: int
    seed: int
    horizon_days: float
    label: str  # "purchase" or "engagement"
    ranker: str  # "learned" or "plain"
    reason: str  # why the ranker is plain: "", "no_interactions", "too_few_interactions", …
    features: list[str]
    neutral: list[float]
    extra: dict[str, float]
    promotions: int = 0  # lines of the promotion calendar, 0: none was given
    metrics: dict[str, float] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    importance: dict[str, float] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Artefact:
    """Everything serving needs; immutable, so threads share it."""

    arrays: Mapping[str, np.ndarray]
    ranker: Ranker
    manifest: Manifest

    @property
    def item_pk(self) -> NDArray[np.int64]:
        return self.arrays["item_pk"]

    @cached_property
    def neutral(self) -> NDArray[np.float32]:
        return np.asarray(self.manifest.neutral, np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes held when every page has been touched: what a cache of artefacts should count."""
        return sum(array.nbytes for array in self.arrays.values())

    def shopper(self, history: ShopperHistory, now: int) -> Shopper:
        return Shopper.of(history, now, self.item_pk, self.arrays["core_of"])


def save(artefact: Artefact, folder: Path) -> Manifest:
    """Write into a new folder, the manifest last: a folder without one is an unfinished artefact."""
    folder.mkdir(parents=True, exist_ok=True)
    table: dict[str, Any] = {}
    with (folder / ARRAYS).open("wb") as file:
        for name, array in artefact.arrays.items():
            file.write(b"\0" * (-file.tell() % ALIGNMENT))
            table[name] = [dtype_to_descr(array.dtype), list(array.shape), file.tell()]
            file.write(np.ascontiguousarray(array).tobytes())
    digest = _digest((folder / ARRAYS).read_bytes())
    values = asdict(artefact.manifest) | {"arrays": table, "files": {ARRAYS: digest}}
    partial = folder / "manifest.json.partial"
    partial.write_text(json.dumps(values, indent=1, sort_keys=True))
    os.replace(partial, folder / "manifest.json")
    return Manifest(**values)


def load(path: str | Path, *, verify: bool = True) -> Artefact:
    """Open a folder that ``save`` wrote. Raises BadArtefact when it is incomplete, changed, or of another format."""
    folder = Path(path)
    try:
        values = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise BadArtefact(f"{folder} has no readable manifest") from error
    if values.get("format") != FORMAT:
        raise BadArtefact(f"{folder} has format {values.get('format')}, this code reads {FORMAT}")
    if values["features"] != list(FEATURES):
        raise BadArtefact(f"{folder} was trained on other features than this code computes")
    file = folder / ARRAYS
    try:
        with file.open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ)
    except (OSError, ValueError) as error:
        raise BadArtefact(f"{file} is missing or empty") from error
    if verify and _digest(mapped) != values["files"][ARRAYS]:
        raise BadArtefact(f"{file} is not what the manifest signed")
    arrays = {name: _view(mapped, *entry) for name, entry in values["arrays"].items()}
    manifest = Manifest(**values)
    return Artefact(arrays, Ranker.of(arrays, manifest.extra), manifest)


def _view(mapped: mmap.mmap, descr: Any, shape: list[int], offset: int) -> np.ndarray:
    """An array in place: nothing is read before it is used. JSON has made lists of a descr's tuples."""
    fields = [tuple(field) for field in descr] if isinstance(descr, list) else descr
    dtype = np.dtype(fields)
    return np.frombuffer(mapped, dtype, math.prod(shape), offset).reshape(shape)


def _digest(content: bytes | mmap.mmap) -> str:
    return hashlib.sha256(content).hexdigest()
