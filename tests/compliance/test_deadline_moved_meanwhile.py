"""What staff change of a request while a worker carries it out stays."""

import pytest

from compliance.models import SubjectRequest
from compliance.requests import decide, perform

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")


def test_a_deadline_that_was_moved_meanwhile_stays_moved(send, approved, scope, monkeypatch):
    send(track("u1"))
    request = approved("u1", kind="access")
    really = perform.export.make_bundle

    def slowly(*args):
        decide.extend(SubjectRequest.objects.get(), reason="complexity", actor="user:1")
        return really(*args)

    monkeypatch.setattr(perform.export, "make_bundle", slowly)
    assert perform.perform(scope, request.pk)
    after = SubjectRequest.objects.get()
    assert (after.extension, after.due_at > request.due_at) == ("complexity", True)
