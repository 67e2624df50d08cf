"""Changes of experiments: each with its audit record and the counter that makes every process take it over."""

from .checks import NotReady, Problem, problems
from .lifecycle import archive, duplicate, pause, ramp, resume, start, stop
from .overlaps import Overlap, overlaps

__all__ = [
    "NotReady",
    "Overlap",
    "Problem",
    "archive",
    "duplicate",
    "overlaps",
    "pause",
    "problems",
    "ramp",
    "resume",
    "start",
    "stop",
]
