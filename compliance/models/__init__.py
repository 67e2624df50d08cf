"""What the compliance room keeps: consent now and over time, seals of the audit trail."""

from .consent import Consent, ConsentRecord

__all__ = ["Consent", "ConsentRecord"]
