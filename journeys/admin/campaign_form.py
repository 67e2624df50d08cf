"""The form of a campaign: its audience, what is sent, when, and how fast."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from profiles.models import Segment
from profiles.segments.selectors import sizes

from ..campaigns.services import CampaignForm
from ..local_time import at_local
from ..models import Campaign, MessageTemplate

WHEN = (("now", "As soon as it is started"), ("later", "At a time"))


class TemplateChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.get_channel_display()})"


class CampaignEntry(forms.Form):
    """`zone`: the shop's time zone, in which the time is meant."""

    name = forms.CharField(max_length=120, label="Name")
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label="Who gets it", empty_label="Choose a segment"
    )
    template = TemplateChoice(
        MessageTemplate.objects.none(), label="What is sent", empty_label="Choose a template"
    )
    when = forms.ChoiceField(choices=WHEN, widget=forms.RadioSelect, label="When", initial="now")
    day = forms.DateField(required=False, label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(
        required=False, label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    per_minute = forms.IntegerField(required=False, min_value=0, max_value=100_000, label="Messages a minute")
    holdout = forms.IntegerField(required=False, min_value=0, max_value=50, label="Hold out, per cent")
    goal = forms.ChoiceField(choices=Campaign.Goal.choices, label="Goal: the shopper")
    goal_hours = forms.IntegerField(min_value=1, max_value=24 * 90, label="within hours")

    def __init__(self, *args: Any, zone: str, campaign: Campaign | None = None, **kwargs: Any) -> None:
        if campaign is not None:
            kwargs["initial"] = _initial(campaign, zone)
        kwargs.setdefault("initial", {"goal": "purchase", "goal_hours": 72, "when": "now"})
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(zone)
        segments: Any = self.fields["segment"]
        segments.queryset = Segment.objects.exclude(status=Segment.Status.ARCHIVED)
        count = sizes()
        segments.label_from_instance = lambda one: _segment_label(one, count)
        templates: Any = self.fields["template"]
        templates.queryset = MessageTemplate.objects.filter(kind=MessageTemplate.Kind.MARKETING)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("when") == "later":
            for name, missing in (("day", "Say on which day."), ("time", "Say at what time.")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        return data

    def said(self) -> CampaignForm:
        """What the valid form means."""
        data = self.cleaned_data
        starts_at = None
        if data["when"] == "later":
            starts_at = at_local(data["day"], data["time"], self._zone)
        return CampaignForm(
            data["name"],
            data["segment"],
            data["template"],
            starts_at,
            data["per_minute"] or 0,
            data["holdout"] or 0,
            data["goal"],
            data["goal_hours"],
        )


def _segment_label(segment: Segment, count: dict[int, int]) -> str:
    if segment.status == Segment.Status.DRAFT:
        return f"{segment.name} (draft, nobody is in it)"
    members = count.get(segment.pk, 0)
    return f"{segment.name} ({members:,} shopper{'' if members == 1 else 's'})"


def _initial(campaign: Campaign, zone: str) -> dict[str, Any]:
    local: dt.datetime | None = campaign.starts_at.astimezone(ZoneInfo(zone)) if campaign.starts_at else None
    return {
        "name": campaign.name,
        "segment": campaign.segment_id,
        "template": campaign.template_id,
        "when": "later" if local else "now",
        "day": local.date() if local else None,
        "time": local.time() if local else None,
        "per_minute": campaign.per_minute or None,
        "holdout": campaign.holdout or None,
        "goal": campaign.goal,
        "goal_hours": campaign.goal_hours,
    }
