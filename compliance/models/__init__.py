"""What the compliance room keeps: consent now and over time, who was erased, seals of the audit trail."""

from .consent import Consent, ConsentRecord
from .suppression import Suppression

__all__ = ["Consent", "ConsentRecord", "Suppression"]
