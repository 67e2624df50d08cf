"""What the compliance room keeps: consent now and over time, what people asked for, who was erased, seals of the audit trail."""

from .consent import Consent, ConsentRecord
from .requests import (
    CLOSED,
    WAITING,
    Approval,
    Bundle,
    Callback,
    Contact,
    ErasureStep,
    Receipt,
    SubjectRequest,
)
from .suppression import Suppression

__all__ = [
    "CLOSED",
    "WAITING",
    "Approval",
    "Bundle",
    "Callback",
    "Consent",
    "ConsentRecord",
    "Contact",
    "ErasureStep",
    "Receipt",
    "SubjectRequest",
    "Suppression",
]
