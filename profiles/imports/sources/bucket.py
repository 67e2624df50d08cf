"""An object in S3-compatible storage: AWS, Google Cloud (interoperability keys), Cloudflare R2, MinIO …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from tenants import outbound
from tenants.connectors.base import Field
from tenants.connectors.s3.client import Bucket

from .base import Opened, opened

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{2,40}")


@dataclass(frozen=True, slots=True)
class BucketFile:
    bucket: str
    path: str
    region: str = "eu-central-1"
    endpoint: str = ""
    addressing: str = "path"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)

    key: ClassVar[str] = "bucket"
    label: ClassVar[str] = "S3-compatible storage"
    about: ClassVar[str] = (
        "A file in a bucket at AWS, Google Cloud, Cloudflare, MinIO …; its key needs to read it and nothing else."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("bucket", "Bucket"),
        Field("path", "File", help="Its path in the bucket, such as exports/orders.csv.gz"),
        Field("region", "Storage region", default="eu-central-1", help="“auto” where there are none"),
        Field("endpoint", "Endpoint", "url", required=False, help="Empty for AWS"),
        Field(
            "addressing",
            "Addresses",
            "select",
            default="path",
            options=(
                ("path", "Bucket in the path (usual outside of AWS)"),
                ("host", "Bucket in the host name"),
            ),
        ),
        Field("access_key", "Access key", secret=True),
        Field("secret_key", "Secret key", "password", secret=True),
    )

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}"

    @property
    def name(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]

    def problems(self) -> list[tuple[str, str]]:
        found = []
        if not _BUCKET.fullmatch(self.bucket):
            found.append(
                ("bucket", "A bucket's name has small letters, digits, dots and hyphens, 3 to 63 of them.")
            )
        if not self.path.strip("/") or len(self.path) > 1024 or "\x00" in self.path:
            found.append(("path", "Say which file, by its path in the bucket."))
        if not _REGION.fullmatch(self.region):
            found.append(("region", "A storage region has small letters, digits and hyphens."))
        if self.endpoint:
            try:
                outbound.check(self.endpoint)
            except outbound.Refused as error:
                found.append(("endpoint", f"The endpoint can't be called. {error}"))
        return found

    @contextmanager
    def open(self, start: int, tag: str, seconds: float) -> Iterator[Opened]:
        bucket = Bucket(
            self.bucket,
            self.region,
            self.access_key,
            self.secret_key,
            self.endpoint,
            self.addressing == "host",
        )
        ranged = start if tag else 0
        with bucket.read(self.path.lstrip("/"), ranged, tag if ranged else "", seconds) as answer:
            yield opened(answer, ranged)
