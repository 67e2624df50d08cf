"""What the documentation says of the warehouse is so: its tables' page is current, its DuckDB queries run."""

from __future__ import annotations

import re

import duckdb
from django.conf import settings as configured

from profiles.destinations.words import described
from profiles.segments.models import Segment, SegmentMember
from tenants.db import tenant_connection

from ..conftest import event, viewed

DOCS = configured.BASE_DIR / "docs"
_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def test_the_page_of_tables_is_current():
    assert (DOCS / "tables.md").read_text() == described(), "manage.py describe_export > docs/tables.md"


def test_the_queries_run(committed, destination, send, process, export, settings, scope, shopper):
    destination(streams=("events", "interactions", "merges", "segment_members"))
    export(1)
    send(viewed("u1", "i0"), viewed(item="i1", anonymousId="a1"))
    process()
    export()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    with tenant_connection(scope.schema):
        segment = Segment.objects.create(name="Everybody", key="everybody", definition={}, status="live")
        SegmentMember.objects.create(
            segment=segment, profile_id=shopper("u1").pk, entered_at=segment.created_at
        )
        from tenants.workspace.models import StreamProgress

        StreamProgress.objects.update(day=None)
    export()
    said = (DOCS / "destinations.md").read_text().partition("**DuckDB**")[2].partition("**BigQuery**")[0]
    blocks = [block for block in _BLOCK.findall(said)]
    assert len(blocks) >= 3
    reader, answers = duckdb.connect(), []
    root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
    for block in blocks:
        bare = re.sub(r"\s*--.*", "", block)
        for query in (
            bare.replace("s3://BUCKET/attune", str(root)).replace("2026-11-01", "2020-01-01").split(";\n")
        ):
            if query.strip() and "CREATE SECRET" not in query:
                answers.append(reader.execute(query).fetchall())
    assert ("Product Viewed", 2) in answers[0]
    assert ("everybody", 1, 2) in answers[1], "views of both names, one shopper"
    assert answers[-1] == [(3,)]
