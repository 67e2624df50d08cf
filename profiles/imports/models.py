"""An uploaded file on its way in, and the lines of it that could not be taken."""

from __future__ import annotations

import uuid
from uuid import UUID, uuid5

from django.db import models
from django.utils import timezone


class Import(models.Model):
    """A file of history. The file itself lies sealed beside the database until the import ends (see files)."""

    class Kind(models.TextChoices):
        EVENTS = "events", "Events"
        ORDERS = "orders", "Orders"
        PROFILES = "profiles", "Profiles"

    class Status(models.TextChoices):
        FETCHING = "fetching", "Being fetched"
        DRAFT = "draft", "Not started"
        CHECKING = "checking", "Being checked"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Stopped"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, help_text="of the file")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.EVENTS)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    layout = models.JSONField(default=dict, help_text="how the file is to be read (see layout.Layout)")
    source = models.CharField(
        max_length=10, blank=True, default="", help_text="what it is fetched from; empty: uploaded"
    )
    place = models.CharField(max_length=200, blank=True, default="", help_text="where that is, for people")
    tag = models.CharField(
        max_length=200, blank=True, default="", help_text="which version of it is being fetched"
    )
    attempts = models.SmallIntegerField(default=0, help_text="to fetch more of it, one after another in vain")
    retry_at = models.DateTimeField(null=True, help_text="when the next one is")
    size = models.BigIntegerField(help_text="bytes, as unpacked; 0 until it is fetched")
    digest = models.CharField(max_length=64, db_index=True, default="", help_text="keyed hash of the content")
    position = models.BigIntegerField(
        default=0, help_text="bytes read, of Parquet rows; moves with what they gave. Before: bytes fetched"
    )
    end = models.BigIntegerField(help_text="the position at the end")
    lines = models.BigIntegerField(default=0, help_text="lines or rows read")
    taken = models.BigIntegerField(default=0, help_text="events that are new")
    duplicates = models.BigIntegerField(default=0, help_text="events that were there already")
    suppressed = models.BigIntegerField(default=0, help_text="events of erased people, which are not kept")
    rejected = models.BigIntegerField(default=0, help_text="lines that could not be taken")
    check_report = models.JSONField(default=dict, help_text="what the last check found")
    quality = models.JSONField(default=dict, help_text="expectation -> looked at, failed, first lines")
    error = models.CharField(max_length=300, blank=True, default="", help_text="why it paused or stopped")
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(null=True, help_text="when it was last set going")
    since_position = models.BigIntegerField(default=0, help_text="where it was then")
    moved_at = models.DateTimeField(null=True, help_text="when a worker last read something")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether its file is still there."""
        return self.status not in (self.Status.DONE, self.Status.CANCELLED, self.Status.FAILED)

    @property
    def has_arrived(self) -> bool:
        """Whether the file is whole and unpacked."""
        return bool(self.layout)

    @property
    def fetched_as(self) -> UUID:
        """The number under which lies what is being fetched, packed as it comes."""
        return uuid5(self.uuid, "fetched")

    @property
    def share(self) -> float:
        """How much is read, 0 to 1."""
        if not self.end:
            return 0.0 if self.status == self.Status.FETCHING else 1.0
        return min(1.0, self.position / self.end)


class ImportProblem(models.Model):
    """A line that could not be taken, and why: never what stood in it, which is in its dead letter."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    reason = models.CharField(max_length=60)
    detail = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["source", "line"], name="import_problem_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
