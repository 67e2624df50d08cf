"""Settings → Destinations from an empty list to files that others read: to a folder and to an S3 over the wire."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import boto3
import duckdb
import orjson
import pytest
from django.test import Client
from moto.server import ThreadedMotoServer
from playwright.sync_api import Page, expect

from profiles.destinations import plan
from profiles.processing.batches import run_once
from tenants.connectors import run
from tenants.db import tenant_connection
from tenants.workspace.models import Delivery, Destination

from .test_browser import DESK, PHONE, browser, findings, open_page, pytestmark, sign_in, site  # noqa: F401


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(plan, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(plan, "SETTLED_SECONDS", 0.0)
    settings.WAREHOUSE_ROOT = tmp_path / "warehouse"
    settings.OUTBOUND_TO_OWN_NETWORK = True


def shop(secret_key: str, scope: Any, *users: str) -> None:
    events = [
        {"type": "track", "event": "Product Viewed", "userId": user, "messageId": f"b-{user}",
         "properties": {"product_id": "m1"}} for user in users
    ]  # fmt: skip
    answer = Client(headers={"authorization": f"Bearer {secret_key}"}).post(
        "/v1/batch", orjson.dumps({"batch": events}), content_type="application/json"
    )
    assert answer.status_code == 200
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass


def work(scope: Any, times: int = 4) -> None:
    with tenant_connection(scope.schema):
        for _ in range(times):
            Destination.objects.exclude(state="paused").update(next_at=dt.datetime.now(dt.UTC))
            Delivery.objects.filter(state="waiting").update(next_at=dt.datetime.now(dt.UTC))
            run.run_turn(scope, 30.0)


def test_from_nothing_to_files_in_a_folder(browser, site: SimpleNamespace, scope, secret_key, settings):  # noqa: F811
    with tenant_connection(scope.schema):
        Destination.objects.all().delete()
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/workspace/destination/")
    expect(page.get_by_text("No destination yet")).to_be_visible()
    page.goto(f"{site.url}/admin/workspace/destination/add/")
    page.get_by_label(re.compile("Parquet in a folder")).check()
    page.get_by_label("Name", exact=False).first.fill("Lake")
    page.get_by_label(re.compile("^Folder")).last.fill("lake")
    page.get_by_role("button", name="Test only").click()
    expect(page.get_by_text("wrote, read and deleted")).to_be_visible()
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#how")).to_have_text("Lake")
    expect(page.get_by_text("Nothing was delivered yet")).to_be_visible()
    shop(secret_key, scope, "ann", "bob")
    work(scope)
    page.reload()
    expect(page.locator(".figure", has_text="Rows today")).to_contain_text(re.compile("[1-9]"))
    root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
    query = f"SELECT count(*) FROM read_parquet('{root}/events/**/*.parquet', hive_partitioning=true)"
    assert duckdb.connect().execute(query).fetchall() == [(2,)]
    assert findings(page) == []
    pause_and_remove(page, scope, root)
    context.close()


def pause_and_remove(page: Page, scope: Any, root: Any) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".pill", has_text="Paused")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".pill", has_text="Active")).to_be_visible()
    page.get_by_text("Remove…").click()
    page.get_by_label(re.compile("Delete every file")).check()
    page.get_by_role("button", name="Remove the destination").click()
    expect(page.get_by_text("Being removed")).to_be_visible()
    work(scope, 1)
    page.reload()
    expect(page.get_by_text("No destination yet")).to_be_visible()
    assert not root.exists()


def test_a_bucket_that_is_missing_is_said_and_one_that_is_there_works(browser, site, scope, secret_key):  # noqa: F811
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    storage = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="eu-central-1", aws_access_key_id="a",
        aws_secret_access_key="b",
    )  # fmt: skip
    context, page = open_page(browser, site, PHONE, "dark")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/workspace/destination/add/")
    page.get_by_label(re.compile("Parquet in S3")).check()
    page.get_by_label("Name", exact=False).first.fill("Cloud")
    for label, value in (
        ("Bucket", "clouds"), ("Endpoint", f"http://{host}:{port}"), ("Access key", "AKEXAMPLE"), ("Secret key", "hushed-secret"),
    ):  # fmt: skip
        page.get_by_label(re.compile(f"^{label}")).first.fill(value)
    page.get_by_role("button", name="Test and save").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no such bucket.")
    assert page.get_by_label(re.compile("^Bucket")).first.input_value() == "clouds"
    storage.create_bucket(Bucket="clouds", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    # What is secret is never sent back to the browser.
    page.get_by_label(re.compile("^Access key")).fill("AKEXAMPLE")
    page.get_by_label(re.compile("^Secret key")).fill("hushed-secret")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#how")).to_have_text("Cloud")
    shop(secret_key, scope, "cara")
    work(scope)
    keys = [one["Key"] for one in storage.list_objects_v2(Bucket="clouds")["Contents"]]
    assert any(re.fullmatch(r"attune/events/dt=[\d-]+/[\w-]+\.parquet", key) for key in keys)
    page.reload()
    assert findings(page) == []
    assert "hushed-secret" not in page.content()
    context.close()
    server.stop()


def test_what_was_given_up_is_tried_again(browser, site, scope):  # noqa: F811
    context, page = open_page(browser, site, DESK, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/workspace/destination/{site.rows.destination.pk}/change/")
    expect(page.get_by_text("1 delivery was tried too often")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 delivery is tried again.")).to_be_visible()
    with tenant_connection(scope.schema):
        assert Delivery.objects.get(state="waiting").attempts == 0
    context.close()
