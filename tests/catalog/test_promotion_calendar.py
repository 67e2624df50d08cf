"""The promotion calendar: replaced from its first day on, read back as learning wants it."""

import csv
import datetime as dt

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from catalog.lines import ItemInput
from catalog.models import Item, Promotion
from catalog.promotions import Calendar, promotion_columns, replace_promotions
from catalog.services import upsert_items

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture(autouse=True)
def items(tenant):
    upsert_items(tenant.schema_name, [ItemInput(item_id=name, title=name) for name in ("ham", "tea")])


def calendar(*lines):
    item, first, last, mailer, display = zip(*lines, strict=True)
    return Calendar(
        np.array(item), np.array(first, "datetime64[D]"), np.array(last, "datetime64[D]"),
        np.array(mailer, float), np.array(display, float),
    )  # fmt: skip


WEEK = ("ham", "2026-03-02", "2026-03-08", 0.5, 0.25)


def test_what_is_loaded_is_read_back(tenant):
    loaded = replace_promotions(tenant.schema_name, calendar(WEEK, ("ghost", *WEEK[1:])))
    assert (loaded.written, loaded.unknown) == (1, 1)
    columns = promotion_columns(tenant.schema_name)
    assert columns["item_pk"].tolist() == [Item.objects.get(external_id="ham").pk]
    assert dt.datetime.fromtimestamp(columns["begins"][0], dt.UTC).isoformat() == "2026-03-02T00:00:00+00:00"
    assert dt.datetime.fromtimestamp(columns["ends"][0], dt.UTC).isoformat() == "2026-03-09T00:00:00+00:00"
    assert (columns["mailer"].tolist(), columns["display"].tolist()) == ([0.5], [0.25])


def test_loading_twice_changes_nothing(tenant):
    for _ in range(2):
        replace_promotions(tenant.schema_name, calendar(WEEK))
    assert Promotion.objects.count() == 1


def test_what_lies_before_the_new_calendar_is_kept(tenant):
    replace_promotions(tenant.schema_name, calendar(WEEK, ("tea", "2026-03-09", "2026-03-15", 1, 0)))
    replace_promotions(tenant.schema_name, calendar(("ham", "2026-03-09", "2026-03-15", 0.1, 0)))
    found = Promotion.objects.order_by("first_day").values_list("item__external_id", "mailer")
    assert list(found) == [("ham", 0.5), ("ham", 0.1)]


def test_runs_of_one_item_may_not_overlap(tenant):
    with pytest.raises(ValueError, match="overlap"):
        replace_promotions(tenant.schema_name, calendar(WEEK, ("ham", "2026-03-08", "2026-03-09", 1, 0)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("ham", "2026-03-02", "2026-03-01", 0, 0), "ends before"),
        (("ham", "2026-03-02", "2026-03-08", 1.5, 0), "between"),
    ],
)
def test_impossible_lines_are_refused(line, said):
    with pytest.raises(ValueError, match=said):
        calendar(line)


def test_another_tenant_sees_nothing_of_it(tenant, rival):
    replace_promotions(tenant.schema_name, calendar(WEEK))
    assert not len(promotion_columns(rival.schema_name)["item_pk"])


def test_the_command_reads_a_file_and_names_a_missing_column(tenant, tmp_path, capsys):
    file = tmp_path / "calendar.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([("item_id", "first_day", "last_day", "mailer", "display"), WEEK])
    call_command("import_promotions", file, tenant=tenant.slug)
    assert "1 promotions" in capsys.readouterr().out
    file.write_text("item_id,first_day\nham,2026-03-02\n")
    with pytest.raises(CommandError, match="last_day"):
        call_command("import_promotions", file, tenant=tenant.slug)
