"""A CSV of events lands event by event, each at its own time, whatever the spreadsheet made of the file."""

import datetime as dt

FLAT = """user_id;event;time;product_id;price;colour
u1;Product Viewed;03.02.2025 14:05;m1;1.234,50;red
u2;purchase;28.02.2025 09:00;b1;2,40;
"""


def test_columns_are_understood_by_their_names(upload):
    layout = upload("\ufeff" + FLAT).layout
    assert (layout["delimiter"], layout["decimal"], layout["date_order"]) == (";", ",", "dmy")
    assert layout["mapping"] == {
        "user_id": "user_id",
        "event": "event",
        "time": "timestamp",
        "product_id": "product_id",
        "price": "price",
        "colour": "properties.colour",
    }


def test_lines_become_events_at_their_own_time(upload, run, stored, tenant, scope):
    found = upload(FLAT)
    found.layout["time_zone"] = "Europe/Berlin"
    found.save()
    done = run(found)
    assert (done.status, done.lines, done.taken, done.rejected) == ("done", 3, 2, 0)
    view, order = stored()
    assert dt.datetime.fromisoformat(view["timestamp"]) == dt.datetime(2025, 2, 3, 13, 5, tzinfo=dt.UTC)
    assert view["properties"] == {"colour": "red", "product_id": "m1", "quantity": 1.0, "price": 1234.5}
    assert order["event"] == "Order Completed"
    assert order["properties"]["products"] == [{"product_id": "b1", "quantity": 1.0, "price": 2.4}]


def test_a_quoted_line_break_belongs_to_its_value(upload, run, stored):
    done = run(upload('user_id,event,time,note\nu1,Noted,2025-01-01,"two\nlines"\nu2,Noted,2025-01-02,one\n'))
    assert [event["properties"]["note"] for event in stored()] == ["two\nlines", "one"]
    assert done.lines == 4


def test_other_encodings_are_seen(upload, run, stored):
    run(upload("user_id,event,time,city\nu1,Visited,2025-01-01,Zürich\n".encode("cp1252")))
    assert stored()[0]["properties"]["city"] == "Zürich"


def test_gzip_is_undone(upload, run, stored):
    import gzip

    run(upload(gzip.compress(FLAT.encode())))
    assert len(stored()) == 2
