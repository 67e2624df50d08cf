"""What left for destinations that we look after, and moves of segments on their way out."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class ExportFile(models.Model):
    """A file in a destination's storage that is ours. `profile_ids`: everybody who is in it, never fewer.

    Written before the file is, so that an erasure finds every file that could hold a person.
    """

    destination_id = models.BigIntegerField(db_index=True)
    table = models.CharField(max_length=40)
    path = models.CharField(max_length=200, help_text="below the destination's folder")
    day = models.DateField(null=True)
    delivery_key = models.UUIDField(
        null=True, help_text="the delivery that made it; none: put together from others"
    )
    published = models.BooleanField(default=False)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    profile_ids = ArrayField(models.BigIntegerField(), default=list)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destination_id", "path"], name="one_row_a_file")]
        indexes = [
            GinIndex(fields=["profile_ids"], name="export_file_people"),
            models.Index(fields=["destination_id", "table", "day"], name="export_file_day"),
        ]

    def __str__(self) -> str:
        return self.path


class SegmentMove(models.Model):
    """A shopper entered or left a segment; kept only while a destination waits for it."""

    segment_key = models.CharField(max_length=60)
    profile_id = models.BigIntegerField(db_index=True)
    entered = models.BooleanField()
    redefined = models.BooleanField(help_text="the definition changed, the shopper did not")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"shopper {self.profile_id} {'entered' if self.entered else 'left'} {self.segment_key}"
