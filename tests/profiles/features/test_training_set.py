"""A table of moments goes in, the features as they were known then come out, and nonsense is told."""

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from ...profiles.conftest import ago, viewed

pytestmark = pytest.mark.usefixtures("committed")


def test_moments_become_rows(send, process, tenant, tmp_path):
    send(viewed("u1", "i1", timestamp=ago(days=3)), viewed("u1", "i1", timestamp=ago(days=1)))
    process()
    moments = tmp_path / "moments.csv"
    moments.write_text(
        f"user_id,at,bought\nu1,{ago(days=2)},0\nu1,{ago(hours=1)},1\nnobody,{ago(hours=1)},0\n"
    )
    out = tmp_path / "set.parquet"
    call_command("export_training_set", str(moments), str(out), tenant=tenant.slug)
    rows = pd.read_parquet(out).sort_values("row")
    assert rows["bought"].tolist() == [0, 1, 0]
    assert rows["product_views_7d"].tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("user_id\nu1\n", "lacks the column at"), ("user_id,at\nu1,soon\n", "no moment"), ("", "neither CSV")],
)
def test_what_can_not_be_read_is_told(tenant, tmp_path, text, said):
    moments = tmp_path / "moments.csv"
    moments.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("export_training_set", str(moments), str(tmp_path / "set.parquet"), tenant=tenant.slug)
    assert not (tmp_path / "set.parquet").exists()


def test_files_and_tenants_that_are_not_there(tenant, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command(
            "export_training_set", str(tmp_path / "no.csv"), str(tmp_path / "o.parquet"), tenant=tenant.slug
        )
    with pytest.raises(CommandError, match="no tenant"):
        call_command(
            "export_training_set", str(tmp_path / "no.csv"), str(tmp_path / "o.parquet"), tenant="nobody"
        )


def test_a_name_that_promises_another_format_is_refused_before_anything_is_read(tenant, tmp_path):
    moments, out = tmp_path / "moments.csv", tmp_path / "set.csv"
    moments.write_text(f"user_id,at\nu1,{ago(hours=1)}\n")
    with pytest.raises(CommandError, match=r"set\.parquet"):
        call_command("export_training_set", str(moments), str(out), tenant=tenant.slug)
    assert not out.exists()
