"""Give every item on offer a current content vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from django.db import connection, transaction

from tenants import epochs
from tenants.locks import alone

from . import store
from .text import text_of
from .tfidf import TfidfSvd
from .write import write_vectors

# A catalogue that has grown this much has words that the embedder never saw.
GROWTH = 2.0


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """`busy`: another worker is at it, nothing was done here."""

    embedded: int = 0
    fitted: bool = False
    busy: bool = False


def embed_stale(schema: str, *, refit: bool = False) -> EmbedReport:
    """Embed items on offer that are new or whose text changed; fit the embedder first when there is none that fits."""
    with alone(f"{schema}:embed") as free:
        if not free:
            return EmbedReport(busy=True)
        embedder = None if refit else store.newest(schema)
        stale = _stale(schema, embedder.name if embedder else "")
        if not stale:
            return EmbedReport()
        fitted = False
        if embedder is None or _listed(schema) > GROWTH * max(embedder.fitted_on, 1):
            embedder = _fit(schema)
            fitted = True
            # First the model, then its vectors: a crash between the two leaves vectors that count as stale.
            store.keep(schema, embedder)
            stale = _stale(schema, embedder.name)
        vectors = embedder.embed([text_of(*row[2:]) for row in stale])
        write_vectors(
            schema,
            embedder.name,
            np.array([row[0] for row in stale], np.int64),
            [bytes(row[1]) for row in stale],
            vectors,
        )
        with transaction.atomic():
            epochs.bump(schema, "catalogue")
        return EmbedReport(embedded=len(stale), fitted=fitted)


def _fit(schema: str) -> TfidfSvd:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT title, brand, category, description, attributes FROM "{schema}".catalog_item
                WHERE status = 'active' ORDER BY id"""
        )
        texts = [text_of(*_parsed(row)) for row in cursor.fetchall()]
    return TfidfSvd.fit(texts, version=store.new_version())


def _stale(schema: str, embedder: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT i.id, i.content_digest, i.title, i.brand, i.category, i.description, i.attributes
                FROM "{schema}".catalog_item i LEFT JOIN "{schema}".catalog_itemvector v ON v.item_id = i.id
                WHERE i.status = 'active' AND (v.item_id IS NULL OR v.content_digest <> i.content_digest
                                               OR v.embedder <> %s) ORDER BY i.id""",
            [embedder],
        )
        return [(*row[:2], *_parsed(row[2:])) for row in cursor.fetchall()]


def _parsed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    # Django leaves JSON of a raw query as text.
    attributes = row[-1]
    return (*row[:-1], orjson.loads(attributes) if isinstance(attributes, str) else attributes)


def _listed(schema: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM \"{schema}\".catalog_item WHERE status = 'active'")
        return cursor.fetchone()[0]
