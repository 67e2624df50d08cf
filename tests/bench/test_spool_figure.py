"""The drain rate is that of events which are in the database afterwards."""

from types import SimpleNamespace

import pytest

from bench.figures import spool


@pytest.fixture
def run():
    return SimpleNamespace(count=lambda full: full // 100)


def test_all_that_waited_is_drained(committed, tenant, tmp_path, run):
    figure = spool._measure(run, tmp_path / "spool", tenant)
    assert figure.name == "spool_drain"
    assert figure.value > 0
    assert "600 events in 63 records" in figure.protocol


def test_what_is_missing_is_no_figure(committed, tenant, tmp_path, run, monkeypatch):
    monkeypatch.setattr(spool, "stored", lambda _: 0)
    with pytest.raises(spool.NotDrained):
        spool._measure(run, tmp_path / "spool", tenant)
