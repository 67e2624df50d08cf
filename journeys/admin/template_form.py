"""A message's template as people edit it. What is broken in it is said with its line, and never saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from ..messages.liquid import BrokenTemplate, check
from ..models import MessageTemplate
from ..models.messages import Channel
from ..selectors.facts import placements

PARTS = ("subject", "html", "text")
# What a channel shows; the other fields say nothing there.
WITH_SUBJECT = (Channel.EMAIL, Channel.PUSH, Channel.WEB)
WITH_HTML = (Channel.EMAIL, Channel.WEB)


class TemplateForm(forms.ModelForm):
    class Meta:
        model = MessageTemplate
        fields = ("name", "channel", "kind", *PARTS)
        labels = {"html": _("Body (HTML)"), "text": _("Body (plain text)"), "kind": _("Purpose")}
        help_texts = {
            "subject": _("Liquid works here too: {{ shopper.first_name | default: 'Hello' }}"),
            "text": _("Left empty, it is made from the HTML."),
        }
        widgets = {
            "subject": UnfoldAdminTextInputWidget(),
            "html": UnfoldAdminTextareaWidget(attrs={"rows": 18, "class": "mono", "spellcheck": "false"}),
            "text": UnfoldAdminTextareaWidget(attrs={"rows": 6, "class": "mono"}),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        there = placements()
        for part in PARTS:
            try:
                check(data.get(part) or "", part == "html", there)
            except BrokenTemplate as error:
                self.add_error(part, str(error))
        channel = data.get("channel")
        if (
            channel == Channel.EMAIL
            and not (data.get("subject") or "").strip()
            and "subject" not in self.errors
        ):
            self.add_error("subject", _("An e-mail needs a subject."))
        if not any((data.get(part) or "").strip() for part in ("html", "text")) and not self.errors:
            raise ValidationError(_("Write what the message says: its HTML, its text, or both."))
        return data

    def save(self, commit: bool = True) -> MessageTemplate:
        if not self.instance.key:
            self.instance.key = free_key(self.cleaned_data["name"])
        return super().save(commit)


def free_key(name: str) -> str:
    """A key that journeys name the template by: made from its name once, and kept when the name changes."""
    base = slugify(name)[:50] or "message"
    taken = set(MessageTemplate.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(
        key for n in range(1, len(taken) + 2) if (key := base if n == 1 else f"{base}-{n}") not in taken
    )
