"""A Feast feature repository: its files hold what the console shows, without names, and nobody who refused."""

import os
import subprocess

import duckdb
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from compliance.consent import record
from compliance.consent.words import Choice
from profiles.days import UTC_DAYS
from profiles.features import feast
from profiles.features.definitions import FEATURES, GROUPS
from profiles.features.selector import shopper_features
from profiles.history.load import import_history
from profiles.models import Profile
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def exported(scope, tmp_path):
    now = timezone.now()
    frame = pd.DataFrame(
        {
            "user_id": ["secret-name", "other"] * 10,
            "item_id": "i1",
            "at": [now - pd.Timedelta(days=n % 9, hours=1) for n in range(20)],
            "value": 2.5,
            "order_id": [str(n) for n in range(20)],
        }
    )
    import_history(scope, [frame], "test", "digest")
    call_command("export_features", str(tmp_path), tenant=scope.slug, past_days=3)
    return tmp_path


def test_the_files_hold_what_the_console_shows(exported, scope):
    behaviour = str(exported / "data" / "behaviour.parquet")
    rows = duckdb.sql(
        f"SELECT shopper_id, event_timestamp, orders_30d, revenue_90d FROM '{behaviour}' ORDER BY 1, 2"
    ).fetchall()
    assert len(rows) == 2 * 4
    with tenant_connection(scope.schema):
        for profile in Profile.objects.all():
            mine = [row for row in rows if row[0] == str(profile.uuid)]
            now = shopper_features(profile, timezone.now(), UTC_DAYS)["behaviour"]
            assert mine[-1][2:] == (now["orders_30d"], now["revenue_90d"])
            assert [row[2] for row in mine] == sorted(row[2] for row in mine)
            assert mine[0][2] < mine[-1][2]
        assert AuditRecord.objects.filter(action="features exported").count() == 1


def test_it_names_nobody(exported):
    for path in exported.rglob("*"):
        assert path.is_dir() or b"secret-name" not in path.read_bytes()


def test_every_feature_is_declared(exported):
    code = (exported / "features.py").read_text()
    compile(code, "features.py", "exec")
    assert all(f"Field(name='{feature.name}'" in code for feature in FEATURES)
    assert all((exported / "data" / f"{group}.parquet").exists() for group in GROUPS)


def test_who_refused_is_left_out(scope, exported):
    with tenant_connection(scope.schema):
        first = Profile.objects.order_by("pk").first()
        with transaction.atomic(), Cursor(connection.connection) as cursor:
            record(cursor, scope.schema, first.pk, [Choice("analytics", granted=False)], actor="test")
        assert feast.export(scope, exported, timezone.now()) == 1


def test_unknown_tenant(tmp_path):
    with pytest.raises(CommandError, match="no tenant"):
        call_command("export_features", str(tmp_path), tenant="nobody")


@pytest.mark.skipif("FEAST_PYTHON" not in os.environ, reason="needs Feast in an environment of its own")
def test_feast_itself_takes_it(exported):
    script = """
import pandas as pd
from feast import FeatureStore
store = FeatureStore(repo_path=".")
import importlib.util, sys
spec = importlib.util.spec_from_file_location("features", "features.py")
features = importlib.util.module_from_spec(spec); spec.loader.exec_module(features)
from feast import FeatureView, Entity
store.apply([value for value in vars(features).values() if isinstance(value, (FeatureView, Entity))])
now = pd.read_parquet("data/behaviour.parquet")
people = now[["shopper_id", "event_timestamp"]]
names = [f"{view.name}:{field.name}" for view in store.list_feature_views() for field in view.features]
found = store.get_historical_features(entity_df=people, features=names).to_df()
assert len(found) == len(people)
merged = found.merge(now, on=["shopper_id", "event_timestamp"])
assert (merged["orders_30d_x"] == merged["orders_30d_y"]).all()
store.materialize(now["event_timestamp"].min(), now["event_timestamp"].max())
who = now["shopper_id"].iloc[0]
online = store.get_online_features(features=["behaviour:orders_30d"], entity_rows=[{"shopper_id": who}]).to_dict()
assert online["orders_30d"][0] == now[now.shopper_id == who].sort_values("event_timestamp")["orders_30d"].iloc[-1]
print("fine")
"""
    run = subprocess.run(
        [os.environ["FEAST_PYTHON"], "-c", script], cwd=exported, capture_output=True, text=True, check=False
    )
    assert run.stdout.strip().endswith("fine"), run.stderr[-2000:]
