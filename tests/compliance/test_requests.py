"""From received to approved: what is refused, by whom, and that each refusal says why."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from compliance.models import Approval, SubjectRequest
from compliance.requests import decide, perform, verify
from compliance.requests.problems import Refused
from compliance.requests.subject import add_note, open_subject
from compliance.templatetags.compliance import left
from tenants.models import PersonKey
from tenants.workspace.models import AuditRecord

from .conftest import make_officer

pytestmark = pytest.mark.usefixtures("db", "inside")


class refused:
    """`with refused("code")`: it is refused for this reason, in a sentence."""

    def __init__(self, code):
        self.code = code

    def __enter__(self):
        self.raises = pytest.raises(Refused)
        self.found = self.raises.__enter__()
        return self.found

    def __exit__(self, *error):
        done = self.raises.__exit__(*error)
        assert self.found.value.code == self.code
        assert str(self.found.value).endswith((".", "?"))
        return done


def verified(scope, request):
    return verify.verify_by_hand(scope, request, method="account", note="signed in", actor="user:0")


@pytest.mark.parametrize(("regulation", "days"), [("gdpr", 30), ("ccpa", 45)])
def test_the_clock_starts_when_they_asked(asked, regulation, days):
    before = timezone.now() - dt.timedelta(days=12)
    request = asked(regulation=regulation, submitted_at=before)
    assert request.due_at == before + dt.timedelta(days=days)
    assert left(request.due_at) == f"{days - 12} days left"
    assert left(asked("u2", regulation=regulation).due_at) == f"{days} days left"


def test_nobody_asks_in_the_future(asked):
    with refused("asked_in_future"):
        asked(submitted_at=timezone.now() + dt.timedelta(hours=1))


def test_the_deadline_moves_once_and_for_a_reason_of_the_law(asked):
    request = asked()
    with refused("unknown_reason"):
        decide.extend(request, reason="holidays", actor="user:1")
    moved = decide.extend(request, reason="complexity", actor="user:1")
    assert moved.due_at - request.due_at == dt.timedelta(days=60)
    with refused("no_more_time"):
        decide.extend(request, reason="number", actor="user:1")


@pytest.mark.parametrize(
    ("identity", "value", "code"),
    [
        ("user_id", "  ", "missing_identity"),
        ("email", "not an address", "invalid_email"),
        ("shoe", "42", "unknown_identity_type"),
    ],
)
def test_who_is_not_named_rightly_is_refused(asked, identity, value, code):
    with refused(code):
        asked(value, identity=identity)


def test_a_second_open_erasure_points_to_the_first(asked):
    first = asked("u1")
    with refused("erasure_open") as found:
        asked("u1")
    assert found.value.extra == {"subject_request_id": str(first.pk)}
    asked("u1", kind="access")
    asked("u2")


def test_after_the_first_was_cancelled_a_second_may_come(scope, asked):
    decide.cancel(scope, asked("u1"), actor="user:1")
    assert asked("u1").status == "received"


def test_an_unverified_request_is_not_approved(scope, asked, officers):
    request = asked()
    with refused("unverified"):
        decide.approve(scope, request, officers[0])
    verify.make_link(scope, request, actor="user:1")
    with refused("unverified"):
        decide.approve(scope, request, officers[0])


def test_the_second_approval_by_the_same_officer_is_refused(scope, asked, officers):
    request = verified(scope, asked())
    assert decide.approve(scope, request, officers[0]).status == "approved_once"
    with refused("same_officer"):
        decide.approve(scope, request, officers[0])
    assert Approval.objects.count() == 1
    assert decide.approve(scope, request, officers[1]).status == "approved"
    with refused("wrong_status"):
        decide.approve(scope, request, officers[1])


def test_who_recorded_a_request_does_not_approve_it_alone(scope, asked, officers):
    request = verified(scope, asked(kind="access", actor=f"user:{officers[0].pk}"))
    with refused("own_request"):
        decide.approve(scope, request, officers[0])
    assert decide.approve(scope, request, officers[1]).status == "approved"


@pytest.mark.parametrize("kind", ["access", "portability"])
def test_who_verified_by_hand_does_not_hand_the_data_out_alone(scope, asked, officers, kind):
    first, second = officers
    request = verify.verify_by_hand(
        scope, asked(kind=kind), method="account", note="signed in", actor=f"user:{first.pk}"
    )
    with refused("own_verification"):
        decide.approve(scope, request, first)
    assert decide.approve(scope, request, second).status == "approved"


def test_only_the_request_itself_gives_the_right_to_approve(scope, asked, officers):
    marketer = make_officer("marketer", role="marketer")
    request = verified(scope, asked())
    with refused("not_allowed"):
        decide.approve(scope, request, marketer)
    from compliance.requests.rights import grant_to, may_approve

    grant_to(request, marketer)
    assert may_approve(request, marketer)
    assert decide.approve(scope, request, marketer).status == "approved_once"
    assert not may_approve(asked("u2"), officers[0])  # not verified yet


def test_the_right_ends_with_the_request(scope, asked, officers):
    from compliance.requests.rights import may_approve

    request = decide.reject(scope, verified(scope, asked()), reason="unfounded", actor="user:1")
    assert not may_approve(request, officers[0])


def test_a_rejected_request_forgets_whom_it_was_about(scope, asked, tenant):
    request = asked(note="called on Monday")
    assert PersonKey.objects.filter(handle=request.pk.bytes).exists()
    with refused("unknown_reason"):
        decide.reject(scope, request, reason="no", actor="user:1")
    request = decide.reject(scope, request, reason="unverified", actor="user:1")
    assert (request.status, open_subject(scope, request)) == ("rejected", None)
    assert not PersonKey.objects.filter(handle=request.pk.bytes).exists()


def test_what_is_approved_can_not_be_cancelled(scope, approved):
    request = approved()
    with refused("too_late"):
        decide.cancel(scope, request, actor="user:1")


def test_the_link_verifies_once(scope, asked):
    request = asked()
    old = verify.make_link(scope, request, actor="user:1")
    token = verify.make_link(scope, request, actor="user:1")
    with refused("link_used"):
        verify.confirm_link(scope, old)
    assert verify.confirm_link(scope, token).verification == "link"
    with refused("link_confirmed"):
        verify.confirm_link(scope, token)


def test_a_false_old_or_foreign_link_says_so(scope, asked, rival, monkeypatch):
    from tenants import keyring

    token = verify.make_link(scope, asked(), actor="user:1")
    with refused("link_invalid"):
        verify.confirm_link(scope, token + "x")
    with refused("link_used"):
        verify.confirm_link(keyring.scope_of_tenant(rival), token)
    monkeypatch.setattr("compliance.requests.verify.LINK_LIFE", dt.timedelta(seconds=-1))
    with refused("link_expired"):
        verify.confirm_link(scope, token)


def test_verifying_by_hand_needs_a_method_and_words(scope, asked):
    with refused("unknown_method"):
        verify.verify_by_hand(scope, asked("a"), method="hunch", note="x", actor="user:1")
    with refused("missing_note"):
        verify.verify_by_hand(scope, asked("b"), method="document", note=" ", actor="user:1")


def test_every_step_is_on_record_without_a_name(scope, performed):
    performed("someone@shop.example", identity="email")
    records = AuditRecord.objects.filter(target__startswith="request:")
    assert [r.action for r in records.order_by("pk")] == [
        "subject request received",
        "subject verified",
        "subject request approved",
        "subject request approved",
        "subject request started",
        "subject request completed",
    ]
    assert "someone" not in str([(r.details, r.target, r.actor) for r in AuditRecord.objects.all()])


def test_a_rectification_waits_for_a_person(scope, approved):
    request = approved(kind="rectification")
    assert perform.waiting() == []
    assert not request.is_moving
    assert decide.extend(request, reason="complexity", actor="user:1").extension == "complexity"
    assert perform.complete_by_hand(scope, request, actor="user:1").outcome == "recorded"


def test_an_approved_rectification_may_still_be_rejected(scope, approved):
    request = approved(kind="rectification")
    assert decide.reject(scope, request, reason="unfounded", actor="user:1").status == "rejected"


def test_what_is_not_ready_is_not_completed_by_hand(scope, asked):
    with refused("not_by_hand"):
        perform.complete_by_hand(scope, asked(), actor="user:1")
    request = asked(kind="rectification")
    with refused("wrong_status"):
        perform.complete_by_hand(scope, request, actor="user:1")
    request.refresh_from_db()
    assert request.status == "received"


def test_a_long_note_is_refused_and_not_cut(scope, asked):
    request = asked()
    with refused("note_too_long"):
        add_note(scope, request, "x" * 2_001, actor="user:1")
    add_note(scope, request, "called back", actor="user:1")
    request.refresh_from_db()
    assert open_subject(scope, request).notes == ("called back",)
    assert AuditRecord.objects.filter(action__contains="note").count() == 1
    decide.cancel(scope, request, actor="user:1")
    with refused("wrong_status"):
        add_note(scope, request, "too late", actor="user:1")


def test_a_failure_is_said_and_tried_again(scope, approved, monkeypatch):
    request = approved()
    monkeypatch.setattr("compliance.erasure.run.plan.held", lambda person: 1 / 0)
    assert perform.perform(scope, request.pk) is False
    request.refresh_from_db()
    assert (request.status, request.trouble, request.attempts) == ("running", "ZeroDivisionError", 1)
    assert perform.waiting() == []  # not before its time
    monkeypatch.undo()
    SubjectRequest.objects.update(retry_at=None)
    assert perform.waiting() == [request.pk]


def test_another_tenants_request_is_not_found(scope, rival, asked):
    from tenants.db import tenant_connection

    request = asked()
    with tenant_connection(rival.schema_name):
        assert not SubjectRequest.objects.filter(pk=request.pk).exists()
        assert perform.waiting() == []


def test_a_request_id_is_used_once(asked):
    number = uuid.uuid4()
    first = asked(request_id=number, body_digest=b"1" * 32)
    assert asked(request_id=number, body_digest=b"1" * 32) == first
    with refused("request_id_used"):
        asked(request_id=number, body_digest=b"2" * 32)
