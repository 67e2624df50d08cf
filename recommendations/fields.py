"""A JSON document in a column of bytes: for documents that are kept by the million and only ever read whole."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import orjson
from django.db import models


def compressed(document: bytes) -> bytes:
    """Bytes of JSON, made small fast: half the work of keeping them as jsonb, and two thirds of the room."""
    return zlib.compress(document, 1)


if TYPE_CHECKING:
    Field = models.Field[dict[str, Any], dict[str, Any]]
else:
    Field = models.Field


class CompressedJSONField(Field):
    """A JSON object, compressed in the column. What was written as plain JSON is read as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_prep_value(self, value: Any) -> bytes:
        return compressed(orjson.dumps(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        stored = bytes(value)
        return orjson.loads(stored if stored[:1] == b"{" else zlib.decompress(stored))
