"""What the page of one request shows, and what its buttons do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from tenants import audit
from tenants.scope import Scope

from ..erasure import plan
from ..erasure.search import in_words
from ..models import WAITING, ErasureStep, SubjectRequest, Suppression
from ..requests import contact, decide, perform, rights, verify
from ..requests.addresses import join_others, keep_apart, on_file, others
from ..requests.duplicates import earlier_erasure
from ..requests.marks import siblings
from ..requests.problems import Refused
from ..requests.subject import KINDS, add_note, open_subject, resolve
from .actors import names_of
from .replaced import in_words_of_notes

METHODS = {code: words for code, words in verify.METHODS.items() if code != "link"}


def context_of(scope: Scope, found: SubjectRequest, user: Any) -> dict[str, Any]:
    subject = open_subject(scope, found)
    approvals = list(found.approvals.all())
    people = names_of(
        [
            *(f"user:{a.user_id}" for a in approvals),
            found.verified_by,
            found.recorded_by,
            found.accepted_by,
        ],
        scope.tenant_id,
    )
    unverified = found.status in ("received", "verifying")
    answers = contact.answers_of(scope, found)
    return {
        "found": found,
        "identities": [(KINDS.get(kind, kind), value) for kind, value in subject.identities]
        if subject
        else [],
        "notes": subject.notes if subject else (),
        "answer_to": [(KINDS.get(a.kind, a.kind), a.value) for a in answers if a.on_file],
        "answer_unverified": [(KINDS.get(a.kind, a.kind), a.value) for a in answers if not a.on_file],
        "answer_until": getattr(getattr(found, "contact", None), "until", None),
        "siblings": siblings(found),
        "link_expires": found.link_made_at + verify.LINK_LIFE if found.link_made_at else None,
        "recorded_by": people.get(found.recorded_by, "an API key" if found.source == "api" else "the system"),
        "verified_by": people.get(found.verified_by, "the person"),
        "method": verify.METHODS.get(found.verification, ""),
        "methods": METHODS,
        "unverified": unverified,
        "may_be_closed": found.may_be_closed,
        "rejections": decide.REJECTIONS,
        "rejection": decide.REJECTIONS.get(found.closing_reason, ""),
        "extensions": decide.EXTENSIONS,
        "extended": decide.EXTENSIONS.get(found.extension, ""),
        "approvals": [(people.get(f"user:{a.user_id}", f"user {a.user_id}"), a.at) for a in approvals],
        "approvals_left": found.approvals_needed - len(approvals),
        "no_approval": _why_not(found, user),
        "preview": _preview(scope, found, user),
        "receipt": getattr(found, "receipt", None),
        "bundle": getattr(found, "bundle", None),
        "refused_identifiers": _refused(found),
        "accepted_by": people.get(found.accepted_by, "a former member of staff"),
        "accepted_reason": decide.ACCEPTED.get(found.accepted_reason, ""),
        "accept_reasons": decide.ACCEPTED,
        "may_lift": rights.may_lift(user),
        "told": list(found.callbacks.exclude(status="").order_by("pk")),
        **progress_of(found),
    }


def _refused(found: SubjectRequest) -> int:
    """How many names of the person are refused now; each stands under several hashes."""
    if not Suppression.objects.filter(request_id=found.pk).exists():
        return 0
    step = found.steps.filter(name=plan.SUPPRESS).first()
    return int(step.facts.get("identifiers", 0)) if step else 0


def progress_of(found: SubjectRequest) -> dict[str, Any]:
    """The steps with their counts; `share` of those that are done, in per cent."""
    steps = list(found.steps.all())
    done = sum(step.state == "done" for step in steps)
    return {
        "found": found,
        "steps": steps,
        "done": done,
        "share": round(100 * done / len(steps)) if steps else 0,
        "elsewhere": _elsewhere(steps),
        "moving": found.is_moving,
        "progress_url": reverse("admin:subject_request_progress", args=[found.pk]),
    }


def _elsewhere(steps: list[ErasureStep]) -> list[tuple[str, int]]:
    """Where a name of the person stands in texts that are not theirs: in words, and how many rows."""
    said: dict[str, int] = next((s.facts.get("elsewhere", {}) for s in steps if s.name == plan.RESCAN), {})
    return [(in_words(place), rows) for place, rows in sorted(said.items())]


def act(scope: Scope, found: SubjectRequest, request: HttpRequest) -> str:
    """Do what the pressed button says; the sentence to show. Raises `Refused`."""
    post, actor = request.POST, audit.staff(request.user)

    def address_of(token: str) -> str:
        return request.build_absolute_uri(reverse("verify-request", args=[token]))

    if "mail" in post:
        to = verify.mail_link(scope, found, address_of, actor=actor)
        return f"The link is on its way to {to}. Nobody here can see it."
    if "link" in post:
        _keep_link(request, found, address_of(verify.make_link(scope, found, actor=actor)))
        return "The link is ready: send it to the person under an address that you have on file."
    if "verify" in post:
        verify.verify_by_hand(
            scope, found, method=post.get("method", ""), note=post.get("note", ""), actor=actor
        )
        return f"Verified. Next: the approval. {replaced_in(scope, found)}".rstrip()
    if "approve" in post:
        after = decide.approve(scope, found, request.user, several="several" in post, apart="apart" in post)
        if after.status == "approved_once":
            return "Approved once. The second approval is somebody else's to give."
        return "Approved. It is being carried out."
    if "join" in post:
        join_others(scope, found, actor=actor)
        return "They belong to this request now. It is about more than before: verify the person anew."
    if "keep_apart" in post:
        keep_apart(scope, found, actor=actor)
        return "Noted: somebody else. Nothing of theirs belongs to this request."
    if "reject" in post:
        decide.reject(scope, found, reason=post.get("reason", ""), actor=actor)
        return "The request is rejected. Tell the person why, then press “Answered”."
    if "cancel" in post:
        decide.cancel(scope, found, actor=actor)
        return "The request is cancelled; whom it was about can't be read any more."
    if "extend" in post:
        decide.extend(found, reason=post.get("reason", ""), actor=actor)
        return "The deadline is moved. Tell the person, within the first month, and why."
    if "add_note" in post:
        add_note(scope, found, post.get("note", ""), actor=actor)
        return f"The note is kept until the request is closed. {replaced_in(scope, found)}".rstrip()
    if "answered" in post:
        contact.answered(scope, found, actor=actor)
        return "Answered. Whom it was about can't be read any more."
    if "accept_again" in post:
        if "sure" not in post:
            raise Refused("unconfirmed", "Tick that you are sure, and say why they are accepted again.")
        decide.accept_again(scope, found, request.user, reason=post.get("reason", ""))
        return "Their identifiers are accepted again. What was erased stays erased."
    if "done" in post:
        perform.complete_by_hand(scope, found, actor=actor)
        return "The request is completed. Tell the person, then press “Answered”."
    raise Refused("unknown_action", "That button is not known here.")


def replaced_in(scope: Scope, found: SubjectRequest) -> str:
    """What the last note lost; it is read as it is kept, so that nothing else can be said of it."""
    found.refresh_from_db()
    subject = open_subject(scope, found)
    return in_words_of_notes(subject.notes[-1]) if subject and subject.notes else ""


def link_of(request: HttpRequest, found: SubjectRequest) -> str:
    """The link to hand over that this member of staff made last, while it is the one that works; it is kept nowhere else."""
    link, made = request.session.get(f"verify-link:{found.pk}", ("", ""))
    current = found.link_made_at is not None and found.link_made_at.isoformat() == made
    return link if current and found.status == "verifying" and not found.link_mailed_to else ""


def _keep_link(request: HttpRequest, found: SubjectRequest, link: str) -> None:
    found.refresh_from_db()
    made = found.link_made_at.isoformat() if found.link_made_at else ""
    request.session[f"verify-link:{found.pk}"] = (link, made)


def _preview(scope: Scope, found: SubjectRequest, user: Any) -> dict[str, Any] | None:
    """What would be erased or exported, counted now; None once it began."""
    subject = open_subject(scope, found)
    if subject is None or found.status not in WAITING:
        return None
    person = resolve(scope, subject.identities)
    counts = plan.held(person)
    addresses = on_file(person)
    unmailable = verify.unmailable(person, addresses)
    same = others(addresses, subject.apart)
    pages = (
        {"shoppers_pages": _pages(person.profile_ids), "others_pages": _pages(sorted(same or subject.apart))}
        if user.has_perm("profiles.view_profile")
        else {}
    )
    return {
        "rows": sorted(((name, n) for name, n in counts.items() if n), key=lambda row: -row[1]),
        "total": sum(counts.values()),
        "most": max(counts.values(), default=0),
        "empty": sum(not n for n in counts.values()),
        "names": len(person.identifiers),
        "shoppers": person.shoppers,
        "addresses": addresses,
        "others": len(same),
        "apart": len(subject.apart),
        "earlier": earlier_erasure(found, person),
        "mailable": unmailable is None,
        "unmailable": str(unmailable or ""),
        **pages,
    }


def _pages(profile_ids: Iterable[int]) -> list[str]:
    found: list[str] = import_string(settings.SUBJECT_PAGES)(profile_ids)
    return found


def _why_not(found: SubjectRequest, user: Any) -> str:
    """Why this member of staff can't approve the request; empty when they can."""
    try:
        decide.check_approval(found, user)
    except Refused as error:
        return str(error)
    return ""
