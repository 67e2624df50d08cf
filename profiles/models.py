"""Who the shoppers are and what they did: identifiers, events as they came, typed facts, features."""

from __future__ import annotations

import uuid

from django.db import models


class Profile(models.Model):
    """A shopper. Personal traits are sealed with the shopper's own key; features are pseudonymous."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.BinaryField(
        max_length=16,
        default=bytes,
        editable=False,
        help_text="the unit of experiments: blind index of the identifier that first named the shopper",
    )
    traits_sealed = models.BinaryField(
        default=bytes, help_text="JSON of traits, sealed with the person's key"
    )
    features = models.JSONField(default=dict, help_text="slow features: demographics, preferences")
    counters = models.JSONField(default=dict, help_text="per day: counts from which windows are summed")
    computed = models.JSONField(
        default=dict,
        db_default={},
        help_text="states of computed traits and of events in segments, by aggregate",
    )
    consent_personalisation = models.BooleanField(default=True)
    version = models.BigIntegerField(default=0, help_text="moves with every processed event")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-last_seen_at"]
        indexes = [models.Index(fields=["unit"], name="profile_unit")]

    def __str__(self) -> str:
        return f"Shopper {str(self.uuid)[:8]}"


class Identifier(models.Model):
    """One name by which a shopper is known. `blind` is a keyed hash for look-up; the value itself is sealed.

    Besides these kinds there are those that events name in context.externalIds. A name without a profile is known and
    nobody's: an address that several shoppers gave, or a visitor whom a browser called a shopper (see profiles.identity).
    """

    class Kind(models.TextChoices):
        USER_ID = "user_id", "User id"
        ANONYMOUS_ID = "anonymous_id", "Anonymous id"
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, null=True, related_name="identifiers")
    kind = models.CharField(max_length=40, choices=Kind)
    blind = models.BinaryField(max_length=16, unique=True)
    value_sealed = models.BinaryField(help_text="sealed with the key whose handle is `blind`")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} of shopper {self.profile_id}"


class Address(models.Model):
    """An e-mail address or a phone number of a shopper, by which they are found however it is written.

    Who said it decides what it is good for: a browser can say anything (see processing.addresses).
    """

    class Source(models.TextChoices):
        SERVER = "server", "your server"
        IMPORT = "import", "an import"
        BROWSER = "browser", "a browser, which can say anything"
        BEFORE = "before", "somebody, before that was noted"

    profile = models.ForeignKey(
        Profile, on_delete=models.CASCADE, db_constraint=False, related_name="addresses"
    )
    kind = models.CharField(max_length=5, choices=[("email", "E-mail"), ("phone", "Phone")])
    blind = models.BinaryField(max_length=16, db_index=True, help_text="keyed hash of its one form")
    trusted = models.BooleanField(help_text="said by a server or an import, not only by a browser")
    named = models.BooleanField(default=False, help_text="an identifier too, which stays when traits change")
    source = models.CharField(max_length=7, choices=Source)
    since = models.DateTimeField(help_text="since when it is on file, as trusted as it is")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "kind", "blind"], name="address_once_a_profile")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of shopper {self.profile_id}"


class Merge(models.Model):
    """A profile that became part of another one. What still carries its number (a decision, a key) is found by this."""

    gone_id = models.BigIntegerField(primary_key=True, help_text="the number of the profile that is no more")
    gone_uuid = models.UUIDField()
    gone_unit = models.BinaryField(max_length=16)
    kept_id = models.BigIntegerField(db_index=True, help_text="may itself be gone: follow it to the end")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"shopper {self.gone_id} is shopper {self.kept_id}"


class Event(models.Model):
    """An accepted event as it came. Partitioned by month of receipt; the payload is sealed."""

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField()
    received_at = models.DateTimeField()
    type = models.PositiveSmallIntegerField(
        help_text="1 identify, 2 track, 3 page, 4 screen, 5 group, 6 alias"
    )
    handle = models.BinaryField(
        max_length=16, help_text="blind index of the user id, else of the anonymous id"
    )
    message_key = models.UUIDField(help_text="hash of the messageId")
    payload = models.BinaryField(help_text="the event as JSON, sealed with the key of `handle`")
    key_kind = models.PositiveSmallIntegerField(
        default=0, help_text="1 sent with a publishable key, 2 with a secret"
    )
    profile_id = models.BigIntegerField(null=True, help_text="whom it was counted for, once processed")
    flags = models.PositiveSmallIntegerField(default=0, help_text="bits of profiles.flags")

    class Meta:
        managed = False
        db_table = "profiles_event"

    def __str__(self) -> str:
        return f"event {self.id}"


class EventQueue(models.Model):
    """Events that no worker has processed yet. Narrow, so that claiming stays cheap; deleted when done."""

    event_id = models.BigIntegerField(primary_key=True)
    lane = models.PositiveSmallIntegerField(help_text="hash of the handle: one lane is processed in order")
    received_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["lane", "event_id"], name="queue_lane")]

    def __str__(self) -> str:
        return f"event {self.event_id} in lane {self.lane}"


class MessageKey(models.Model):
    """A messageId that counted already; kept for 28 days."""

    key = models.UUIDField(primary_key=True)
    received_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class DeadLetter(models.Model):
    """An event that could not be taken, with the reason, kept to be inspected, mended and replayed."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        REPLAYED = "replayed", "Replayed"
        DISCARDED = "discarded", "Discarded"

    received_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=60)
    detail = models.TextField(blank=True)
    handle = models.BinaryField(max_length=16, help_text="whose key seals the payload")
    payload = models.BinaryField(help_text="the event as it came, sealed")
    type = models.CharField(
        max_length=20, blank=True, default="", help_text="as the address or the event said"
    )
    key_kind = models.PositiveSmallIntegerField(
        default=2, help_text="1 sent with a publishable key, 2 with a secret"
    )
    message_key = models.UUIDField(
        null=True, help_text="set when the event had been accepted before it failed"
    )
    attempts = models.PositiveSmallIntegerField(default=0, help_text="times a worker tried it")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    event = models.CharField(max_length=80, blank=True, default="", help_text="name of a track event")
    path = models.CharField(max_length=200, blank=True, default="", help_text="the field that is wrong")
    source = models.CharField(
        max_length=12, blank=True, default="", help_text="who brought it: http, import …"
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="when it was replayed or discarded")
    job = models.ForeignKey(
        "LetterJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="letters"
    )

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["status", "received_at"], name="deadletter_status"),
            models.Index(fields=["job", "id"], name="deadletter_job"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.received_at:%Y-%m-%d %H:%M}"


class LetterJob(models.Model):
    """Something done to many dead letters at once, by a worker. Its letters name it; `cursor` is the last one done."""

    class Kind(models.TextChoices):
        REPLAY = "replay", "Send again"
        MEND = "mend", "Mend and send again"
        DISCARD = "discard", "Discard"
        RESTORE = "restore", "Take back"

    class Status(models.TextChoices):
        DRAFT = "draft", "Not started"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    edits = models.JSONField(default=list, help_text="what is changed in each event (see dead_letters.edits)")
    total = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict, help_text="why letters were refused again → how many")
    actor = models.CharField(max_length=40)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.total}"


class VersionNote(models.Model):
    """Versions of shoppers that Valkey still has to be told, written with the change itself and deleted once told."""

    made_at = models.DateTimeField(auto_now_add=True)
    versions = models.JSONField(help_text="blind index of an identifier, hexadecimal → version")

    def __str__(self) -> str:
        return f"versions of {len(self.versions)} identifiers"


class Interaction(models.Model):
    """A typed fact: this shopper did this with this item then. What features and models are made from."""

    class Kind(models.IntegerChoices):
        VIEW = 1, "viewed"
        CART = 2, "added to cart"
        PURCHASE = 3, "bought"
        REMOVE = 4, "removed from cart"
        REFUND = 5, "returned"
        CLICK = 6, "clicked a recommendation"
        WISH = 7, "put on the wish list"
        UNWISH = 8, "taken off the wish list"

    # No database constraints: a million facts arrive by COPY, and an erasure deletes them by profile.
    profile = models.ForeignKey(Profile, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    item = models.ForeignKey("catalog.Item", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.PositiveSmallIntegerField(choices=Kind)
    at = models.DateTimeField()
    quantity = models.FloatField(default=1)
    value = models.FloatField(default=0, help_text="revenue of the line in the tenant's currency")
    order_key = models.BigIntegerField(default=0, help_text="hash of the order id or session, 0 when none")
    place = models.IntegerField(default=-1, help_text="store number, -1 online or unknown")
    channel = models.CharField(max_length=12, default="web")
    origin = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="first 8 bytes of the blind index of the identifier that it came under, 0 when not known",
    )

    class Meta:
        indexes = [models.Index(fields=["profile", "at"], name="interaction_profile_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} item {self.item_id}"


class HistoryImport(models.Model):
    """A bulk import of history: which file, how far, so that running it again is harmless."""

    digest = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=120)
    rows = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)
    shift_days = models.IntegerField(default=0, help_text="days by which the data's own dates were moved")
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.source


from .arrivals.models import ArrivalRules, EventCount, EventTally, OrderSeen, Suspect  # noqa: E402, F401
from .destinations.models import ExportFile, SegmentMove  # noqa: E402, F401
from .features.zone import CountedZone  # noqa: E402, F401
from .identity.models import Claim, Cut, IdentityChange, IdentityRules, Link  # noqa: E402, F401
from .imports.models import Import, ImportProblem  # noqa: E402, F401
from .plan.models import TrackingPlan  # noqa: E402, F401
from .quality.models import ExpectationLimit, FeatureDay, QualityCount, QualityExample, QualityState  # noqa: E402, F401
from .retention.models import RetentionRun  # noqa: E402, F401
from .segments.models import (  # noqa: E402, F401  # Django looks for models here
    Segment,
    SegmentDay,
    SegmentMember,
    SegmentStay,
    SegmentTally,
)
from .traits.models import (  # noqa: E402, F401
    Aggregate,
    AggregateRedo,
    BuildPortion,
    BuildRun,
    BuildSkip,
    ComputedTrait,
    SeenEvent,
)
