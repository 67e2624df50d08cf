"""An objection ends personalisation and marketing, a restriction analytics too; both count as the person's own word."""

import pytest

from compliance.consent import allowed
from profiles.models import Profile

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")


@pytest.mark.parametrize(("kind", "analytics"), [("objection", True), ("restriction", False)])
def test_what_it_ends(send, performed, scope, kind, analytics):
    send(track("u1"), track("u2"))
    request = performed("u1", kind=kind)
    assert request.outcome == "applied"
    one, other = Profile.objects.order_by("pk")
    ids = [one.pk, other.pk]
    assert allowed(scope.schema, ids, "personalisation") == {other.pk}
    assert allowed(scope.schema, ids, "marketing") == set()
    assert (one.pk in allowed(scope.schema, ids, "analytics")) is analytics
    one.refresh_from_db()
    assert not one.consent_personalisation
