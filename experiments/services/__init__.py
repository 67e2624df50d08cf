"""Changes of experiments: each with its audit record and the counter that makes every process take it over."""

from .access import may_change, name_users, named_users
from .checks import NotReady, Problem, problems
from .drafts import Draft, VariantDraft, change, create
from .lifecycle import archive, duplicate, mark_simulated, pause, ramp, resume, start, stop
from .overlaps import AtOnce, Overlap, Overlapping, at_once, overlaps
from .preview import Preview, preview

__all__ = [
    "AtOnce",
    "Draft",
    "NotReady",
    "Overlap",
    "Overlapping",
    "Preview",
    "Problem",
    "VariantDraft",
    "archive",
    "at_once",
    "change",
    "create",
    "duplicate",
    "mark_simulated",
    "may_change",
    "name_users",
    "named_users",
    "overlaps",
    "pause",
    "preview",
    "problems",
    "ramp",
    "resume",
    "start",
    "stop",
]
