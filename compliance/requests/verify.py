"""Is it really they who ask? A link that only the person can open, or an officer's word with the method."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from tenants import audit
from tenants.scope import Scope

from ..models import SubjectRequest
from ..registry import OnFile, Person, masked
from . import callbacks, rights
from .addresses import on_file
from .duplicates import check_only_erasure
from .problems import Refused
from .subject import keep_note, open_subject, resolve

METHODS = {
    "link": "The person opened a verification link",
    "account": "Signed in to their account",
    "contact": "Called or written to under contact details on file",
    "document": "Showed an identity document",
    "in_person": "Known in person",
    "merchant": "Verified by the merchant's own system",
}
LINK_LIFE = dt.timedelta(days=7)
# Who verified a request whose mailed link was opened: nobody of the staff.
BY_LINK = "subject"
_SALT = "attune.subject-request"
_UNVERIFIED = ("received", "verifying")


def make_link(scope: Scope, request: SubjectRequest, *, actor: str) -> str:
    """A token for /privacy/verify/TOKEN, good for a week; an earlier one stops working.

    Who made it could open it themselves, so it counts as their word until it is mailed.
    """
    with transaction.atomic():
        request = _locked(request.pk)
        _only(request, _UNVERIFIED, "Only a request that is not verified yet needs a link.")
        request.link_nonce = secrets.token_hex(16)
        request.link_made_at, request.link_made_by, request.link_mailed_to = timezone.now(), actor, ""
        request.status = SubjectRequest.Status.VERIFYING
        request.save(update_fields=["link_nonce", "link_made_at", "link_made_by", "link_mailed_to", "status"])
        audit.record("verification link made", f"request:{request.pk}", actor)
    return signing.dumps([scope.schema, str(request.pk), request.link_nonce], salt=_SALT)


def mail_link(scope: Scope, request: SubjectRequest, address_of: Callable[[str], str], *, actor: str) -> str:
    """Make a link and send it to the e-mail address on file; that address, masked. Nobody here sees the link.

    `address_of` makes a token an address. Raises `Refused`, and makes no link, when no address is on file that a trusted
    source said, when the request's names lead to several shoppers (the link would say of one that they are the other),
    or when another shopper has the address too.
    """
    subject = open_subject(scope, request)
    person = resolve(scope, subject.identities) if subject else Person(scope)
    addresses = on_file(person)
    why = unmailable(person, addresses)
    if why is not None:
        raise why
    with transaction.atomic():
        link = address_of(make_link(scope, request, actor=actor))
        to = import_string(settings.SUBJECT_MAILER)(person, link)
        if not to:
            raise _NO_ADDRESS
        request = _locked(request.pk)
        request.link_mailed_to = masked(to)[:80]
        request.save(update_fields=["link_mailed_to"])
        audit.record("verification link mailed", f"request:{request.pk}", actor)
    return request.link_mailed_to


_NO_ADDRESS = Refused(
    "no_address", "There is no e-mail address on file. Make a link and hand it over in another way."
)


def unmailable(person: Person, addresses: Sequence[OnFile]) -> Refused | None:
    """Why no link can be mailed to the person, whose addresses on file these are; None when one can."""
    if person.shoppers > 1:
        return Refused(
            "several_shoppers",
            f"These names lead to {person.shoppers} different shoppers, so a link could reach the wrong one. "
            "Verify the person in another way.",
        )
    emails = [address for address in addresses if address.kind == "email"]
    if any(address.trusted and address.others for address in emails):
        return Refused(
            "shared_address",
            "Another shopper has this e-mail address too, so opening a link doesn't prove who asks. "
            "Verify the person in another way, such as in their account or by a document.",
        )
    if any(address.trusted for address in emails):
        return None
    if emails:
        return Refused(
            "untrusted_address",
            "No server of yours and no import said the e-mail address on file, so it may be anybody's. "
            "Verify the person in another way, such as in their account.",
        )
    return _NO_ADDRESS


def request_of_link(scope: Scope, token: str) -> SubjectRequest:
    """The request of a link; raises `Refused` for one that is false, old, replaced or another tenant's.

    One that the person confirmed with before says so (`link_confirmed`).
    """
    try:
        schema, pk, nonce = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except signing.SignatureExpired as error:
        raise Refused("link_expired", "This link has expired. Ask for a new one.") from error
    except (signing.BadSignature, ValueError) as error:
        raise Refused(
            "link_invalid", "This link is not one of ours. Open it as it stands in the message."
        ) from error
    request = SubjectRequest.objects.filter(pk=UUID(pk)).first() if schema == scope.schema else None
    if request is None or not request.link_nonce or not secrets.compare_digest(request.link_nonce, nonce):
        raise Refused("link_used", "This link was used or replaced already.")
    if request.verification:
        raise Refused("link_confirmed", "This request was confirmed already; there is nothing left to do.")
    return request


def confirm_link(scope: Scope, token: str) -> SubjectRequest:
    """The person confirms that they asked. A link that was handed over is also the word of who made it."""
    found = request_of_link(scope, token)
    return _verified(scope, found.pk, method="link", actor=BY_LINK)


def verify_by_hand(
    scope: Scope, request: SubjectRequest, *, method: str, note: str, actor: str
) -> SubjectRequest:
    """An officer has made sure; raises `Refused` without a known method or, where it needs words, without them."""
    if method not in METHODS or method == "link":
        raise Refused("unknown_method", "Say how the person was verified.")
    if not note.strip():
        raise Refused(
            "missing_note", "Say in a sentence what you checked; it is kept until the request is closed."
        )
    subject = open_subject(scope, request)
    if subject is not None:
        check_only_erasure(request, resolve(scope, subject.identities))
    with transaction.atomic():
        request = _verified(scope, request.pk, method=method, actor=actor)
        keep_note(scope, request, note)
    return request


@transaction.atomic
def _verified(scope: Scope, pk: UUID, *, method: str, actor: str) -> SubjectRequest:
    request = _locked(pk)
    _only(request, _UNVERIFIED, "This request was verified or closed already.")
    request.status = SubjectRequest.Status.VERIFIED
    handed_over = method == "link" and not request.link_mailed_to
    request.verification, request.verified_at = method, timezone.now()
    request.verified_by = request.link_made_by if handed_over else actor
    if method != "link":
        request.link_nonce = ""
    request.save(update_fields=["status", "verification", "verified_by", "verified_at", "link_nonce"])
    audit.record("subject verified", f"request:{request.pk}", actor, method=method)
    rights.grant(request)
    callbacks.announce(scope, request)
    return request


def _locked(pk: UUID) -> SubjectRequest:
    return SubjectRequest.objects.select_for_update().get(pk=pk)


def _only(request: SubjectRequest, statuses: tuple[str, ...], otherwise: str) -> None:
    if request.status not in statuses:
        raise Refused("wrong_status", otherwise)
