"""An address that can't be called is refused when it is named; one that slipped in never holds up anything else."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from compliance.models import Callback, Contact, SubjectRequest
from compliance.requests import callbacks
from compliance.tasks import work_requests
from tenants import outbound

pytestmark = pytest.mark.usefixtures("db", "inside")
NEVER = [
    "https://x.example:99999/cb",
    "https://x.example:0/cb",
    "https://x.example:port/cb",
    "https://[::1/cb",
]


@pytest.mark.parametrize("url", NEVER)
def test_what_can_never_be_called_is_refused(url):
    with pytest.raises(outbound.Refused):
        outbound.check(url)


def test_what_only_the_client_can_not_read_is_refused_too(settings):
    settings.OUTBOUND_TO_OWN_NETWORK = True
    with pytest.raises(outbound.Refused):
        outbound.post("http://127.0.0.1:9/\x01", b"", {})


@pytest.mark.parametrize("url", [NEVER[0], "https://x.example/" + "a" * 500])
def test_the_door_says_so(api, secret_key, url):
    asked = {
        "regulation": "gdpr",
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": "access",
        "subject_identities": [{"identity_type": "email", "identity_value": "b@shop.example"}],
        "submitted_time": timezone.now().isoformat(),
        "status_callback_urls": [url],
    }
    answer = api(secret_key).post("/v1/opendsr/requests", asked, content_type="application/json")
    assert (answer.status_code, SubjectRequest.objects.count()) == (400, 0)


def test_one_that_is_stored_already_holds_up_nothing(asked, scope, tenant):
    request, past = asked("u1"), timezone.now() - dt.timedelta(hours=1)
    for url in (NEVER[0], "https://no-such-name.invalid/cb"):
        Callback.objects.create(request=request, url=url, status="pending", next_at=past)
    Contact.objects.create(id=uuid.uuid4(), request=request, sealed=b"x", until=past)
    work_requests.run(tenant.schema_name)  # in this test's transaction
    assert [row.attempts for row in Callback.objects.order_by("pk")] == [1, 1]
    assert not Contact.objects.exists()


def test_whatever_fails_is_a_failure_of_that_address(asked, scope, monkeypatch):
    request = asked("u1")
    for n in (1, 2):
        Callback.objects.create(
            request=request, url=f"https://x.example/{n}", status="pending", next_at=timezone.now()
        )

    def broken(url, body, headers):
        if url.endswith("1"):
            raise RuntimeError("unexpected")

    monkeypatch.setattr("compliance.requests.callbacks.outbound.post", broken)
    assert callbacks.deliver(scope) == 1
    failed, told = Callback.objects.order_by("pk")
    assert failed.next_at > timezone.now()
    assert (failed.trouble, bool(told.delivered_at)) == ("RuntimeError", True)
