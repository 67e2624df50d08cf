"""What people ask for about their data, who approved it, what was done, and the proof of it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class SubjectRequest(models.Model):
    """A data subject's request. Whom it is about is sealed with a key of the request's own, destroyed at its end."""

    class Kind(models.TextChoices):
        ERASURE = "erasure", "Erasure"
        ACCESS = "access", "Access"
        PORTABILITY = "portability", "Portability"
        RECTIFICATION = "rectification", "Rectification"
        RESTRICTION = "restriction", "Restriction"
        OBJECTION = "objection", "Objection"

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        VERIFYING = "verifying", "Being verified"
        VERIFIED = "verified", "Verified"
        APPROVED_ONCE = "approved_once", "Approved once"
        APPROVED = "approved", "Approved"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        REJECTED = "rejected", "Rejected"
        CANCELLED = "cancelled", "Cancelled"

    class Regulation(models.TextChoices):
        GDPR = "gdpr", "GDPR"
        CCPA = "ccpa", "CCPA"

    class Outcome(models.TextChoices):
        ERASED = "erased", "Erased"
        NOTHING_HELD = "nothing_held", "Nothing was held"
        DELIVERED = "delivered", "Export ready"
        APPLIED = "applied", "Applied"
        RECORDED = "recorded", "Done by hand"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, help_text="subject_request_id of the sender")
    kind = models.CharField(max_length=13, choices=Kind)
    regulation = models.CharField(max_length=4, choices=Regulation, default=Regulation.GDPR)
    status = models.CharField(max_length=13, choices=Status, default=Status.RECEIVED)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    source = models.CharField(max_length=8, default="console", help_text="console or api")
    recorded_by = models.CharField(max_length=120, help_text="user:ID or key:ID")
    submitted_at = models.DateTimeField(help_text="when the person asked")
    received_at = models.DateTimeField(help_text="when it reached us")
    due_at = models.DateTimeField(db_index=True)
    extension = models.CharField(
        max_length=12, blank=True, default="", help_text="why the deadline was moved"
    )
    subject_sealed = models.BinaryField(default=bytes, help_text="identities and notes, sealed")
    subject_digest = models.BinaryField(
        max_length=32, help_text="keyed hash of the identities, for the receipt"
    )
    subject_blinds = ArrayField(
        models.BinaryField(), default=list, help_text="of the identities, while the request is open"
    )
    subject_marks = ArrayField(
        models.BinaryField(), default=list, help_text="keyed hash of each identifier, asked or found; stays"
    )
    shoppers = models.PositiveSmallIntegerField(
        null=True, help_text="how many different shoppers the names led to"
    )
    body_digest = models.BinaryField(max_length=32, default=bytes, help_text="of the API's request body")
    person_sealed = models.BinaryField(default=bytes, help_text="whom the identities stood for, sealed")
    verification = models.CharField(
        max_length=10, blank=True, default="", help_text="how the person was verified"
    )
    verified_by = models.CharField(max_length=120, blank=True, default="")
    verified_at = models.DateTimeField(null=True)
    link_nonce = models.CharField(max_length=32, blank=True, default="", help_text="of the verification link")
    link_made_at = models.DateTimeField(null=True)
    link_made_by = models.CharField(max_length=120, blank=True, default="")
    link_mailed_to = models.CharField(
        max_length=80, blank=True, default="", help_text="masked; empty for a link to hand over"
    )
    joined_by = ArrayField(
        models.CharField(max_length=120),
        default=list,
        help_text="who said that other shoppers are the person too",
    )
    approved_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="when staff told the person what became of it")
    accepted_at = models.DateTimeField(null=True, help_text="when an erased person was accepted again")
    accepted_by = models.CharField(max_length=120, blank=True, default="")
    accepted_reason = models.CharField(max_length=12, blank=True, default="")
    closing_reason = models.CharField(max_length=20, blank=True, default="")
    trouble = models.CharField(max_length=300, blank=True, default="", help_text="why it does not get on")
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at"]
        permissions = [("approve_subjectrequest", "Can approve this subject request")]
        indexes = [
            models.Index(
                fields=["status"], condition=Q(status__in=["approved", "running"]), name="request_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.pk)[:8]}"

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def state_in_words(self) -> str:
        """What became of it, or how far it is."""
        if self.closing_reason == "erased":
            return "Person erased meanwhile"
        return self.get_outcome_display() if self.outcome else self.get_status_display()

    @property
    def approvals_needed(self) -> int:
        return 2 if self.kind == self.Kind.ERASURE else 1

    @property
    def discloses(self) -> bool:
        """Whether its answer hands out personal data."""
        return self.kind in (self.Kind.ACCESS, self.Kind.PORTABILITY)

    @property
    def waits_for_staff(self) -> bool:
        """Approved, but no worker can do it: a wrong value is corrected where it comes from."""
        return self.kind == self.Kind.RECTIFICATION and self.status == self.Status.APPROVED

    @property
    def is_moving(self) -> bool:
        """Whether a worker carries it out, or is about to."""
        return self.status in (self.Status.APPROVED, self.Status.RUNNING) and not self.waits_for_staff

    @property
    def may_be_closed(self) -> bool:
        """Whether it may still be rejected or cancelled: nothing was done yet."""
        return self.status in WAITING or self.waits_for_staff


CLOSED = frozenset({"completed", "rejected", "cancelled"})
# Before anything was done: it may be cancelled.
WAITING = frozenset({"received", "verifying", "verified", "approved_once"})


class Approval(models.Model):
    """One member of staff's yes. Nobody's second one counts."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="approvals")
    user_id = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["request", "user_id"], name="one_approval_each")]

    def __str__(self) -> str:
        return f"user:{self.user_id} approved {self.request_id}"


class ErasureStep(models.Model):
    """One step of an erasure's plan. `found` is counted before anything is erased, so that a resumed plan reports the same."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80, help_text="of the store, or what is done")
    store = models.BooleanField(default=True, help_text="whether it is a store of personal data")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    found = models.BigIntegerField(default=0)
    later = models.BigIntegerField(default=0, help_text="arrived while it ran, and erased by the re-scan")
    remaining = models.BigIntegerField(null=True, help_text="at the re-scan")
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    facts = models.JSONField(
        default=dict, help_text="what a step has to remember for the next attempt or the receipt"
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["request", "position"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class Receipt(models.Model):
    """The signed proof of an erasure. `document` is the exact text that was signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.OneToOneField(SubjectRequest, on_delete=models.PROTECT, related_name="receipt")
    document = models.TextField()
    signature = models.BinaryField(max_length=64)
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class Bundle(models.Model):
    """An export, encrypted on disk with a key of its own, until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, help_text="also the handle of its key")
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="bundle")
    person_blinds = ArrayField(
        models.BinaryField(), default=list, help_text="whose it is, for a later erasure"
    )
    size = models.BigIntegerField(help_text="bytes of the ZIP")
    rows = models.BigIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    downloads = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"export of request {self.request_id}"


class Contact(models.Model):
    """Where to answer a closed request, sealed with a key of its own, until staff have answered or `until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, help_text="also the handle of its key")
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="contact")
    sealed = models.BinaryField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"contact of request {self.request_id}"


class Callback(models.Model):
    """A status to tell the sender of a request, until it was taken."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="callbacks")
    url = models.URLField(max_length=500)
    status = models.CharField(
        max_length=13, blank=True, default="", help_text="empty: only the address to tell"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)
    delivered_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.status} to tell about {self.request_id}"
