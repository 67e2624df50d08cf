"""Over the wire to an S3 that others wrote (moto): what a folder can, a bucket can; its words become ours."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import boto3
import duckdb
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from tenants.connectors import services
from tenants.connectors.base import Trouble
from tenants.connectors.s3 import signature
from tenants.connectors.s3.client import Bucket
from tenants.connectors.services import BadDestination, Draft
from tenants.db import tenant_connection
from tenants.workspace.models import Destination

from ..conftest import viewed

SECRET = {"access_key": "AKIDEXAMPLE", "secret_key": "not-so-secret-but-long"}


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What it keeps is of the process: also what another module's tests put there.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="eu-central-1",
        aws_access_key_id="a", aws_secret_access_key="b",
    )  # fmt: skip
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    client.endpoint = f"http://{host}:{port}"
    yield client
    server.stop()


@pytest.fixture
def config(storage: Any, settings: Any) -> dict[str, str]:
    settings.OUTBOUND_TO_OWN_NETWORK = True
    return {
        "bucket": "lake", "prefix": "shop/attune", "region": "eu-central-1", "endpoint": storage.endpoint,
        "style": "path", "location": "eu",
    }  # fmt: skip


def test_events_reach_a_bucket_and_duckdb_reads_them(
    committed, destination, send, process, export, storage, config, tmp_path, scope
):
    destination(vendor="s3", config=config, secret=SECRET)
    send(viewed("u1", "p1"), viewed("u2", "p2"))
    process()
    export()
    keys = [one["Key"] for one in storage.list_objects_v2(Bucket="lake")["Contents"]]
    files = [key for key in keys if key.startswith("shop/attune/events/dt=") and key.endswith(".parquet")]
    assert len(files) == 1
    storage.download_file("lake", files[0], str(tmp_path / "one.parquet"))
    assert duckdb.connect().execute(f"SELECT count(*) FROM '{tmp_path}/one.parquet'").fetchall() == [(2,)]
    assert "shop/attune/events/_manifest.json" in keys
    with tenant_connection(scope.schema):
        assert Destination.objects.get().error == ""


def test_a_test_leaves_nothing_behind(tenant, inside, scope, storage, config):
    before = storage.list_objects_v2(Bucket="lake").get("KeyCount")
    draft = Draft("s3", "Lake", config, SECRET, ("events",))
    assert "wrote, read and deleted" in services.try_out(scope, draft)
    assert storage.list_objects_v2(Bucket="lake").get("KeyCount") == before


def test_a_missing_bucket_is_said_in_words(tenant, inside, scope, storage, config):
    with pytest.raises(Trouble, match="There is no such bucket") as caught:
        services.try_out(scope, Draft("s3", "Lake", {**config, "bucket": "nowhere"}, SECRET, ("events",)))
    assert caught.value.settings


def test_a_storage_that_is_away_is_temporary(tenant, inside, scope, config):
    with pytest.raises(Trouble, match="can't be reached") as caught:
        services.try_out(
            scope, Draft("s3", "Lake", {**config, "endpoint": "http://127.0.0.1:9"}, SECRET, ("events",))
        )
    assert not caught.value.settings
    assert not caught.value.permanent


def test_our_own_network_is_refused(tenant, inside, scope, config, settings):
    settings.OUTBOUND_TO_OWN_NETWORK = False
    draft = Draft("s3", "Lake", {**config, "endpoint": "https://127.0.0.1:8443"}, SECRET, ("events",))
    with pytest.raises(Trouble, match="private network"):
        services.try_out(scope, draft)
    with pytest.raises(BadDestination, match="https"):
        services.try_out(
            scope, Draft("s3", "Lake", {**config, "endpoint": "http://s3.example"}, SECRET, ("events",))
        )


@pytest.mark.parametrize("key", ["a/dt=2026-11-23/ä b+c.parquet", "plain"])
def test_a_signature_is_the_one_that_botocore_makes(key):
    now = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    path = f"/lake/{signature.encoded_path(key)}"
    ours = signature.sign(
        "PUT", "s3.example:9000", path, access_key="AK", secret_key="SK", region="eu-central-1",
        body_sha256="ab" * 32, now=now,
    )  # fmt: skip
    request = AWSRequest("PUT", f"https://s3.example:9000{path}")
    request.headers["X-Amz-Content-SHA256"] = "ab" * 32
    request.headers["X-Amz-Date"] = now.strftime("%Y%m%dT%H%M%SZ")
    request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    auth = S3SigV4Auth(Credentials("AK", "SK"), "s3", "eu-central-1")
    canonical = auth.canonical_request(request)
    theirs = auth.signature(auth.string_to_sign(request, canonical), request)
    assert ours["Authorization"].endswith(f"Signature={theirs}")


def test_what_is_larger_than_a_piece_arrives_whole(storage, config):
    bucket = Bucket("lake", "eu-central-1", endpoint=storage.endpoint, **SECRET)
    content = bytes(range(256)) * 5_000
    assert bucket.put("big", io.BytesIO(content)) == len(content)
    back = io.BytesIO()
    assert bucket.get("big", back)
    assert back.getvalue() == content
    bucket.delete("big")
    assert not bucket.get("big", io.BytesIO())
