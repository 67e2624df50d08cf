"""Bulk history: once per file, whole or not at all, with the same features as events give."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command

from profiles.history import import_history, import_traits, load
from profiles.selectors import interactions_columns, profile_interactions, shopper_view
from tenants.db import tenant_connection

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def frame(**columns):
    return pd.DataFrame(
        {
            "user_id": [1, 1, 2, 2],
            "item_id": [10, 11, 10, 12],
            "kind": ["purchase", "purchase", "view", "purchase"],
            "at": [NOW - dt.timedelta(days=d) for d in (2, 2, 1, 200)],
            "quantity": [2, 1, 1, 1],
            "value": [20.0, 5.0, 0.0, 9.0],
            "order_id": [7, 7, None, 8],
            "place": [3, 3, -1, 4],
            "channel": ["store", "store", "web", "store"],
            **columns,
        }
    )


def test_rows_become_interactions_and_features(scope, shopper):
    result = import_history(scope, [frame()[:2], frame()[2:]], "test", "digest")
    assert (result.rows, result.shoppers, result.items, result.skipped) == (4, 2, 3, 0)
    first, second = shopper("1"), shopper("2")
    with tenant_connection(scope.schema):
        behaviour = shopper_view(scope, first).features["behaviour"]
        assert (behaviour["purchases_30d"], behaviour["orders_30d"], behaviour["avg_order_value"]) == (
            2,
            1,
            25.0,
        )
        other = shopper_view(scope, second).features
        assert (other["behaviour"]["product_views_7d"], other["behaviour"]["purchases_30d"]) == (1, 0)
        assert other["context"]["channel"] == "web"
        columns = profile_interactions([second.pk])
    assert columns["kind"].tolist() == [3, 1]
    assert second.last_seen_at == NOW - dt.timedelta(days=1)
    assert second.first_seen_at == NOW - dt.timedelta(days=200)


def test_columns_come_back_as_they_went_in(scope):
    import_history(scope, [frame()], "test", "digest")
    columns = interactions_columns(scope.schema)
    order = np.argsort(columns["value"])
    assert columns["value"][order].tolist() == [0, 5, 9, 20]
    assert columns["place"][order].tolist() == [-1, 3, 4, 3]
    assert columns["at"][order][2] == int((NOW - dt.timedelta(days=200)).timestamp())
    assert columns["order_key"][order][0] == 0
    assert len(set(columns["order_key"].tolist())) == 3
    assert len(interactions_columns(scope.schema, NOW - dt.timedelta(days=100))["at"]) == 1


def test_the_same_file_twice_does_nothing(scope, shopper, rows):
    import_history(scope, [frame()], "test", "digest")
    before = shopper("1").counters
    assert import_history(scope, [frame()], "test", "digest").repeated
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(4,)]
    assert shopper("1").counters == before


def test_a_crash_in_the_middle_leaves_no_half(scope, monkeypatch, rows):
    def crash(*_):
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(load, "_update_profiles", crash)
        with pytest.raises(RuntimeError):
            import_history(scope, [frame()], "test", "digest")
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(0,)]
    assert import_history(scope, [frame()], "test", "digest").rows == 4
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(4,)]


def test_an_order_of_history_and_of_an_event_are_the_same_order(scope, send, process, rows):
    from .conftest import event

    import_history(scope, [frame()], "test", "digest")
    bought = {"order_id": "7", "products": [{"product_id": "10"}]}
    send(event(userId="1", event="Order Completed", properties=bought))
    process()
    assert rows("SELECT count(DISTINCT order_key) FROM {s}.profiles_interaction WHERE place = 3 OR channel = 'web'"
                " AND kind = 3") == [(1,)]  # fmt: skip


def test_bad_rows_are_skipped_and_counted(scope, shopper):
    bad = frame(user_id=[1, None, 2, 2], kind=["purchase", "view", "dance", "view"])
    result = import_history(scope, [pa.Table.from_pandas(bad)], "test", "digest")
    assert (result.rows, result.skipped) == (2, 2)
    assert shopper("1") is not None


def test_a_missing_column(scope):
    with pytest.raises(ValueError, match="item_id"):
        import_history(scope, [frame().drop(columns="item_id")], "test", "digest")


def test_dates_can_be_moved(scope):
    import_history(scope, [frame()], "test", "digest", shift_days=-7)
    assert interactions_columns(scope.schema)["at"].max() == int((NOW - dt.timedelta(days=8)).timestamp())


def test_events_continue_what_history_began(scope, send, process, shopper):
    from .conftest import event

    import_history(scope, [frame()], "test", "digest")
    version = shopper("1").version
    send(event("page", userId="1"))
    process()
    profile = shopper("1")
    assert profile.version == version + 1
    assert sum(day.get("pu", 0) for day in profile.counters.values()) == 2


def test_traits_in_bulk(scope, shopper):
    assert import_traits(scope, {"1": {"age": "35-44"}, "new": {"income": "50-74K"}}) == 2
    with tenant_connection(scope.schema):
        assert shopper_view(scope, shopper("1")).features["demographics"]["age"] == "35-44"
        assert shopper_view(scope, shopper("new")).traits == {"income": "50-74K"}


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_the_command_reads_each_kind_of_file(scope, tmp_path, ending, capsys):
    path = tmp_path / f"history.{ending}"
    data = frame()
    if ending == "parquet":
        data.to_parquet(path)
    elif ending == "csv":
        data.to_csv(path, index=False)
    else:
        data.to_json(path, orient="records", lines=True, date_format="iso")
    for expected in ("4 interactions of 2 shoppers", "imported before"):
        call_command("import_history", str(path), tenant="alpha")
        assert expected in capsys.readouterr().out
    assert len(set(interactions_columns(scope.schema)["order_key"].tolist())) == 3


@pytest.mark.usefixtures("scope")
def test_the_command_explains_what_it_cannot_do(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(CommandError, match="no file"):
        call_command("import_history", str(tmp_path / "none.csv"), tenant="alpha")
    with pytest.raises(CommandError, match="parquet"):
        call_command("import_history", str(tmp_path / "x.txt"), tenant="alpha")
    with pytest.raises(CommandError, match="no tenant"):
        call_command("import_history", str(tmp_path / "x.txt"), tenant="nobody")
