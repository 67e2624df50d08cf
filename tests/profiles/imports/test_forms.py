"""NDJSON and Parquet, in the spec's words or in columns; orders; profiles; and files that are none of these."""

import datetime as dt
import io

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from profiles.imports.readers import BadFile
from profiles.imports.services import change_layout, unready

SPEC = [
    {"type": "track", "userId": "u1", "event": "Product Viewed", "messageId": "m-1", "timestamp": "2025-03-01T10:00:00Z",
     "properties": {"product_id": "p1"}},
    {"type": "identify", "userId": "u1", "messageId": "m-2", "originalTimestamp": "2025-03-02T10:00:00Z", "sentAt": "2026-01-01",
     "traits": {"city": "Ulm"}},
    {"type": "page", "userId": "u1", "messageId": "m-3"},
]  # fmt: skip


def ndjson(rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def test_events_of_the_spec_are_taken_as_they_are(upload, run, stored):
    found = upload(ndjson(SPEC), name="export.json")
    assert (found.layout["spec"], unready(found)) == (True, [])
    done = run(found)
    assert (done.taken, done.rejected) == (2, 1)
    track, identify = stored()
    assert (track["messageId"], track["properties"]) == ("m-1", {"product_id": "p1"})
    assert identify["timestamp"] == "2025-03-02T10:00:00+00:00"
    assert "sentAt" not in identify


def test_flat_ndjson_is_mapped(upload, run, stored):
    run(
        upload(ndjson([{"customer_id": 7, "event": "view_item", "ts": 1, "time": 1735725600000, "sku": "a"}]))
    )
    assert (stored()[0]["userId"], stored()[0]["event"]) == ("7", "Product Viewed")
    assert stored()[0]["timestamp"] == "2025-01-01T10:00:00+00:00"


def parquet(columns, **options):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def test_parquet_goes_on_inside_a_row_group(upload, scope, run, stored, monkeypatch):
    from profiles.imports import readers
    from profiles.imports import run as running

    monkeypatch.setattr(running, "PORTION", 30)
    monkeypatch.setattr(readers, "_ROWS", 8)
    monkeypatch.setattr(running, "_crowded", lambda schema: len(taken) and taken.pop())
    taken = [False, True, False, True]
    at = [dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=n) for n in range(100)]
    body = parquet(
        {
            "user_id": [float(n) for n in range(100)],
            "event": ["Visited"] * 100,
            "time": at,
            "n": list(range(100)),
        },
        row_group_size=50,
    )
    from profiles.imports.services import start

    found = upload(body, name="x.parquet")
    assert found.end == 100
    start(scope, found, actor="user:1")
    while (left := running.run_turn(scope, 5)) != "nothing":
        assert left in ("more", "wait")
    assert [event["properties"]["n"] for event in stored()] == list(range(100))
    assert stored()[7]["userId"] == "7"


ORDERS = """Name,Customer ID,Created at,Lineitem sku,Lineitem quantity,Lineitem price,Total
#1,u1,2025-01-05 10:00,milk,2,1.20,4.90
#1,,,bread,1,2.50,
#2,u2,2025-01-06 10:00,milk,-1,1.20,-1.20
"""


def test_lines_of_one_order_are_one_event(upload, run, stored, scope, inside):
    done = run(upload(ORDERS, kind="orders"))
    assert (done.taken, done.lines) == (2, 4)
    first, second = stored()
    assert (first["event"], first["userId"], first["properties"]["total"]) == ("Order Completed", "u1", 4.9)
    assert first["properties"]["products"] == [
        {"product_id": "milk", "quantity": 2.0, "price": 1.2},
        {"product_id": "bread", "quantity": 1.0, "price": 2.5},
    ]
    assert (second["event"], second["properties"]["products"][0]["quantity"]) == ("Order Refunded", 1.0)


def test_an_order_is_not_torn_between_portions(upload, run, stored, monkeypatch):
    from profiles.imports import run as running

    monkeypatch.setattr(running, "PORTION", 1)
    run(upload(ORDERS, kind="orders"))
    assert [len(event["properties"]["products"]) for event in stored()] == [2, 1]


def test_profiles_become_identify_calls(upload, run, stored):
    found = upload("id,E-Mail,First name,zip\n7,a@shop.example,Anna,01067\n", kind="profiles")
    assert unready(found) == ["Say which column is the time: history has to land where it happened."]
    run(change_layout(found, {"as_of": "2025-06-30"}, actor="user:1"))
    (event,) = stored()
    assert (event["type"], event["userId"], event["timestamp"][:10]) == ("identify", "7", "2025-06-30")
    assert event["traits"] == {"first_name": "Anna", "zip": "01067", "email": "a@shop.example"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"[{}]", "NDJSON"),
        (b"PAR1nothing", "Parquet"),
        (b"user_id,event,time\n", "no lines"),
        (b"one\ntwo\n", "name the columns"),
        (b"\x1f\x8bnot gzip", "can't be unpacked"),
    ],
)
def test_what_is_no_file_of_events_is_said(upload, import_folder, body, said):
    with pytest.raises(BadFile, match=said):
        upload(body)
    assert not list(import_folder.rglob("*.sealed"))
