"""Parquet in S3-compatible storage: AWS, Google Cloud (interoperability keys), Cloudflare R2, MinIO …"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any

from tenants import outbound
from tenants.connectors.base import Field, Link
from tenants.connectors.regions import CHOICES
from tenants.connectors.s3.client import Bucket

from .connector import Warehouse
from .stores import Store

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_REGION = re.compile(r"[a-z0-9-]{2,40}")
# Where regions of AWS are, by how they begin.
_AWS = {"eu": "eu", "us": "us"}


class BucketWarehouse(Warehouse):
    key = "s3"
    label = "Parquet in S3-compatible storage"
    about = "A bucket of yours at AWS, Google Cloud, Cloudflare, MinIO … for BigQuery, Snowflake, Athena or DuckDB."
    icon = "cloud_upload"
    fields = (
        Field("bucket", "Bucket"),
        Field("prefix", "Folder in the bucket", default="attune", help="May be empty", required=False),
        Field("region", "Storage region", default="eu-central-1", help="Such as eu-central-1; “auto” where there are none"),
        Field(
            "endpoint", "Endpoint", "url", required=False,
            help="Empty for AWS; else such as https://storage.googleapis.com",
        ),
        Field(
            "style", "Addresses", "select", default="path", options=(
                ("path", "Bucket in the path (usual outside of AWS)"), ("host", "Bucket in the host name"),
            ),
        ),
        Field(
            "location", "Where the bucket is", "select", default="eu", options=CHOICES,
            help="Your shop's data may not leave its own region",
        ),
        Field("access_key", "Access key", secret=True),
        Field("secret_key", "Secret key", "password", secret=True),
    )  # fmt: skip
    bound_to = ("bucket", "endpoint", "region")
    place_of = ("endpoint", "bucket", "prefix")

    def problems(self, config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
        found = super().problems(config, secret)
        bucket, prefix = str(config.get("bucket") or ""), str(config.get("prefix") or "")
        region, endpoint = str(config.get("region") or ""), str(config.get("endpoint") or "")
        if bucket and not _BUCKET.fullmatch(bucket):
            found.append(
                ("bucket", "A bucket's name has small letters, digits, dots and hyphens, 3 to 63 of them.")
            )
        if prefix and not _PREFIX.fullmatch(prefix):
            found.append(
                (
                    "prefix",
                    "A folder has letters, digits, hyphens and underscores; slashes only between them.",
                )
            )
        if region and not _REGION.fullmatch(region):
            found.append(("region", "A storage region has small letters, digits and hyphens."))
        if endpoint:
            try:
                outbound.check(endpoint)
            except outbound.Refused as error:
                found.append(("endpoint", f"The endpoint can't be called. {error}"))
        elif region and (said := _AWS.get(region.split("-")[0], "elsewhere")) != config.get("location"):
            there = dict(CHOICES)[said].replace("Somewhere", "somewhere")
            found.append(("location", f"AWS's {region} is in another place: {there}."))
        return found

    def region(self, config: Mapping[str, Any]) -> str:
        return str(config.get("location") or "elsewhere")

    def place(self, config: Mapping[str, Any]) -> str:
        prefix = config.get("prefix")
        return f"s3://{config.get('bucket')}{f'/{prefix}' if prefix else ''}"

    def store(self, link: Link) -> Store:
        config = link.config
        bucket = Bucket(
            name=str(config.get("bucket")),
            region=str(config.get("region")),
            access_key=link.secret.get("access_key", ""),
            secret_key=link.secret.get("secret_key", ""),
            endpoint=str(config.get("endpoint") or ""),
            virtual_host=config.get("style") == "host",
        )
        return Objects(bucket, str(config.get("prefix") or ""))


class Objects:
    """Objects of a bucket below a prefix. A PUT is all or nothing, and read by everybody once it is answered."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self.bucket, self.prefix = bucket, prefix

    def put(self, path: str, content: IO[bytes]) -> int:
        return self.bucket.put(self._key(path), content)

    def get(self, path: str, into: IO[bytes]) -> bool:
        return self.bucket.get(self._key(path), into)

    def delete(self, path: str) -> None:
        self.bucket.delete(self._key(path))

    def empty(self) -> None:
        return  # there are no folders in a bucket

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path
