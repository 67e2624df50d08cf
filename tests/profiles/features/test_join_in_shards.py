"""The join of the past gives the same rows however it is cut, and holds no more than a shard at a time."""

import datetime as dt
import random

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from profiles.features.definitions import FEATURES
from profiles.features.offline import join, point_in_time, shards, write_parquet
from profiles.history.load import import_history
from tenants.db import tenant_connection

from ..conftest import event

pytestmark = pytest.mark.usefixtures("committed")
USERS = [f"u{number}" for number in range(7)]


@pytest.fixture
def frame(scope, send, process):
    """Moments of seven shoppers, mixed, twice, and of a stranger."""
    rng, now = random.Random(3), dt.datetime.now(dt.UTC)
    lines = [
        {
            "user_id": rng.choice(USERS),
            "item_id": f"h{rng.randrange(6)}",
            "at": now - dt.timedelta(days=rng.randrange(2, 80), seconds=rng.randrange(80_000)),
            "kind": rng.choice(["view", "purchase"]),
            "value": 2.5,
            "order_id": str(rng.randrange(9)),
            "channel": "web",
        }
        for _ in range(120)
    ]
    import_history(scope, [pd.DataFrame(lines)], "test", "digest")
    send(*[event("page", userId=user, timestamp=now.isoformat()) for user in USERS])
    process()
    asked = [
        (rng.choice([*USERS, "nobody"]), now - dt.timedelta(days=rng.random() * 85), n) for n in range(60)
    ]
    made = pd.DataFrame(asked, columns=["user_id", "at", "label"], index=[f"r{n // 2}" for n in range(60)])
    return made.assign(at=pd.to_datetime(made["at"], utc=True))


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


def test_small_shards_and_one_shard_say_the_same(scope, frame, monkeypatch):
    with tenant_connection(scope.schema):
        whole = point_in_time(scope, frame)
        monkeypatch.setattr(join.shards, "__kwdefaults__", {"events": True, "facts_at_once": 25})
        same(point_in_time(scope, frame), whole)
        assert list(whole.index) == list(frame.index)


def test_a_shard_holds_few_facts_and_every_row_comes_once(scope, frame):
    with tenant_connection(scope.schema):
        found = [rows for rows, _ in shards(scope, frame, ["orders_30d"], facts_at_once=25)]
    assert len(found) > 3
    assert sorted(np.concatenate(found).tolist()) == list(range(len(frame)))
    who = [set(frame["user_id"].iloc[rows]) for rows in found]
    assert sum(map(len, who)) == len(set(frame["user_id"]))


def test_the_file_says_what_the_frame_says(scope, frame, tmp_path):
    path = tmp_path / "training.parquet"
    with tenant_connection(scope.schema):
        assert write_parquet(scope, frame, path, facts_at_once=25) == len(frame)
        expected = point_in_time(scope, frame)
    file = pq.ParquetFile(path)
    assert file.num_row_groups > 3
    stored = file.read().to_pandas().sort_values("row")
    assert stored["label"].tolist() == frame["label"].tolist()
    for feature in FEATURES:
        mine, its = stored[feature.name].tolist(), expected[feature.name].tolist()
        if feature.type == "shares":
            weights = stored[f"{feature.name}_shares"].tolist()
            mine = [dict(zip(names, some, strict=True)) for names, some in zip(mine, weights, strict=True)]
        else:
            mine = [None if pd.isna(one) else one for one in mine]
        assert mine == its, feature.name
    assert not list(tmp_path.glob(".*"))


def test_a_failure_leaves_the_file_that_was_there(scope, frame, tmp_path, monkeypatch):
    path = tmp_path / "training.parquet"
    path.write_bytes(b"before")

    def broken(*_args, **_kwargs):
        raise MemoryError

    with tenant_connection(scope.schema):
        monkeypatch.setattr(join, "read_record", broken)
        with pytest.raises(MemoryError):
            write_parquet(scope, frame, path)
    assert path.read_bytes() == b"before"
    assert not list(tmp_path.glob(".*"))
