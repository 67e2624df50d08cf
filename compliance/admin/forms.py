"""A request as staff record it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from ..models import SubjectRequest
from ..requests.problems import Refused
from ..requests.subject import KINDS, check_note

ROWS = 3
_WHO = list(KINDS.items())


class NewRequestForm(forms.Form):
    """Up to three identities; which of them are filled in is checked by the service, with its own words."""

    first: str = ""  # the address of an open request of the same person

    kind = forms.ChoiceField(choices=SubjectRequest.Kind.choices, label="What do they ask for?")
    regulation = forms.ChoiceField(choices=SubjectRequest.Regulation.choices, label="Under which law?")
    asked_on = forms.DateField(
        label="When did they ask?",
        initial=lambda: timezone.now().date(),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(ROWS):
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                choices=_WHO, initial=_WHO[min(n, 1)][0], required=False, label=f"Identity {n + 1}: kind"
            )
            self.fields[f"value_{n}"] = forms.CharField(
                required=False,
                max_length=500,
                label=f"Identity {n + 1}",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean_asked_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["asked_on"]
        if day > timezone.now().date() + dt.timedelta(days=1):
            raise forms.ValidationError("They can't have asked in the future.")
        return day

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        try:
            check_note(note)
        except Refused as error:
            raise forms.ValidationError(str(error)) from error
        return note

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"kind_{n}"], self[f"value_{n}"]) for n in range(ROWS)]

    def asked(self) -> dict[str, Any]:
        """Arguments for `requests.receive.receive`."""
        data = self.cleaned_data
        return {
            "kind": data["kind"],
            "regulation": data["regulation"],
            "identities": [(data[f"kind_{n}"] or "user_id", data[f"value_{n}"]) for n in range(ROWS)],
            "submitted_at": dt.datetime.combine(data["asked_on"], dt.time(), dt.UTC),
            "note": data["note"],
        }
