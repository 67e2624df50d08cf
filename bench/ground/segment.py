"""A live segment of those who viewed one item, for as long as a measurement needs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from profiles.models import Segment
from profiles.segments import services
from profiles.segments.forms import SegmentForm
from tenants import keyring
from tenants.db import tenant_connection
from tenants.models import Tenant

KEY = "bench-viewers"


class NotJudged(Exception):
    """The workers did not judge everybody in time."""


@contextmanager
def viewers_of(slug: str, item: str, seconds: float = 120) -> Iterator[str]:
    """The segment's key; everybody has been judged."""
    tenant = Tenant.objects.select_related("plan").get(slug=slug)
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(scope.schema):
        Segment.objects.filter(key=KEY).delete()  # of a run that was killed
        form = SegmentForm("Bench viewers", {"type": "all", "of": [_viewed(item)]})
        segment = services.create_segment(scope, form, actor="bench", key=KEY)
        services.go_live(scope, segment, actor="bench")
        deadline = time.monotonic() + seconds
        while not Segment.objects.filter(key=KEY, computed_revision__gte=1).exists():
            if time.monotonic() > deadline:
                raise NotJudged(f"The segment was not judged within {seconds:.0f} s.")
            time.sleep(0.2)
    try:
        yield KEY
    finally:
        with tenant_connection(scope.schema):
            Segment.objects.filter(key=KEY).delete()


def _viewed(item: str) -> dict[str, object]:
    return {"type": "act", "act": "viewed", "items": [item], "value": 1, "days": 30}
