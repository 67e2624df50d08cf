"""The trail as lines of JSON: a head, then records and seals. It can be checked with nothing else at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import orjson
from django.db import connection
from psycopg import Cursor

from tenants.signing import public_key

from . import chain
from .chain import Record, Seal
from .checking import Check, check_seals, finish
from .sealing import read_records, read_seals

PORTION = 50


class NotATrail(ValueError):
    """The lines are not an export of ours; the message says where."""


def lines(schema: str, tenant_id: int, name: str) -> Iterator[bytes]:
    """One JSON document a line. Records stand before the seal that holds them; those without one come last."""
    head = {
        "kind": "attune-audit-trail",
        "version": 1,
        "tenant": name,
        "public_key": public_key(tenant_id, chain.SIGNING_PURPOSE).hex(),
        "exported_at": chain.moment(dt.datetime.now(dt.UTC)),
    }
    yield _line(head)
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        after = 0
        while seals := read_seals(cursor, schema, after, PORTION):
            for seal in seals:
                for record in read_records(cursor, schema, seal.record_ids):
                    yield _line({"kind": "record", **chain.record_document(record)})
                yield _line(seal_document(seal))
            after = seals[-1].number
        waiting = cursor.execute(
            f'SELECT record_id FROM "{schema}".workspace_auditunsealed ORDER BY 1'
        ).fetchall()
        for record in read_records(cursor, schema, [row[0] for row in waiting]):
            yield _line({"kind": "unsealed record", **chain.record_document(record)})


def seal_document(seal: Seal) -> dict[str, Any]:
    return {
        "kind": "seal",
        "number": seal.number,
        "sealed_at": chain.moment(seal.sealed_at),
        "records": list(seal.record_ids),
        "leaves": [seal.leaf(position).hex() for position in range(len(seal.record_ids))],
        "previous": seal.previous.hex(),
        "digest": seal.digest.hex(),
        "signature": seal.signature.hex(),
    }


def check_lines(
    source: Iterable[bytes | str], *, key: bytes | None = None, head: tuple[int, str] | None = None
) -> Check:
    """Check an export. `key`: the public key as known from elsewhere; else the file's own word is taken for it.

    Raises `NotATrail`.
    """
    documents = _documents(source)
    first = next(documents, None)
    if first is None or first.get("kind") != "attune-audit-trail":
        raise NotATrail("The first line is not the head of an audit trail.")
    public = key if key is not None else bytes.fromhex(first["public_key"])
    check = Check()
    pending: dict[int, Record] = {}
    digests: dict[int, bytes] = {}
    waiting = []
    for document in documents:
        kind = document.get("kind")
        if kind == "record":
            pending[document["id"]] = _record(document)
        elif kind == "unsealed record":
            waiting.append(document["id"])
        elif kind == "seal":
            seal = _seal(document)
            digests[seal.number] = seal.digest
            check = check_seals(check, [seal], partial(_taken, pending), public)
    return finish(check, sorted(pending), waiting, expected_head=head, head_digest=digests.get)


def _taken(pending: dict[int, Record], ids: Sequence[int]) -> dict[int, Record]:
    return {i: pending.pop(i) for i in ids if i in pending}


def _documents(source: Iterable[bytes | str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise NotATrail(f"Line {number} is not JSON: {error.msg}.") from error
        if not isinstance(document, dict):
            raise NotATrail(f"Line {number} is not an object.")
        yield document


def _record(document: dict[str, Any]) -> Record:
    try:
        at = dt.datetime.fromisoformat(document["at"])
        texts = document["actor"], document["action"], document["target"]
        return Record(document["id"], at, *texts, details=document["details"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotATrail(f"Record {document.get('id')} lacks something: {error}.") from error


def _seal(document: dict[str, Any]) -> Seal:
    try:
        return Seal(
            document["number"],
            dt.datetime.fromisoformat(document["sealed_at"]),
            tuple(document["records"]),
            bytes.fromhex("".join(document["leaves"])),
            bytes.fromhex(document["previous"]),
            bytes.fromhex(document["digest"]),
            bytes.fromhex(document["signature"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NotATrail(f"Seal {document.get('number')} lacks something: {error}.") from error


def _line(document: dict[str, Any]) -> bytes:
    return chain.canonical(document) + b"\n"
