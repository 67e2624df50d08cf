"""Results in plain words: the verdict as a sentence, numbers as people write them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..stats import Code, Interval, Reason
from .document import MetricResult, Results

TONES = {
    Code.BETTER: "good", Code.WORSE: "bad", Code.GUARDRAIL: "bad", Code.BROKEN_SPLIT: "bad", Code.ALIKE: "accent",
}  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """How numbers of a tenant's experiment are written. `currency`: code, such as USD."""

    currency: str

    def value(self, metric: MetricResult, value: float) -> str:
        """ "5.3 %", "USD 12.30" or "1.42"."""
        if metric.kind == "proportion":
            return percent(value, places=2 if abs(value) < 0.1 else 1)
        if metric.is_money:
            return f"{self.currency} {number_format(round(value, 2), 2, force_grouping=True)}"
        return f"{value:,.3g}" if abs(value) < 1000 else number_format(round(value), 0, force_grouping=True)

    def difference(self, metric: MetricResult, value: float) -> str:
        """With its sign; of shares in percentage points."""
        sign = "+" if value > 0 else "−" if value < 0 else "±"
        if metric.kind == "proportion":
            return _("%(value)s points") % {"value": f"{sign}{abs(100 * value):.2f}"}
        if metric.is_money:
            return f"{sign}{self.value(metric, abs(value))}"
        return f"{sign}{abs(value):.3g}"

    def change(self, metric: MetricResult, interval: Interval, lift: Interval | None) -> str:
        """ "12.3 % higher (3.1 % to 21.5 %)", or in the metric's own unit where there is no lift."""
        up = interval.value >= 0
        word = _("higher") if up else _("lower")
        if lift is not None:
            size, low, high = percent(abs(lift.value)), signed(lift.low), signed(lift.high)
        else:
            size = self.difference(metric, abs(interval.value)).lstrip("+±")
            low, high = self.difference(metric, interval.low), self.difference(metric, interval.high)
        return _("%(size)s %(word)s (%(low)s to %(high)s)") % {
            "size": size, "word": word, "low": low, "high": high,
        }  # fmt: skip


def percent(share: float, places: int = 1) -> str:
    # number_format cuts digits off; it does not round.
    return f"{number_format(round(100 * share, places), places)} %"


def signed(share: float) -> str:
    """+3.1 % or −0.4 %."""
    return f"{'+' if share > 0 else '−' if share < 0 else '±'}{percent(abs(share))}"


def sentence(results: Results, wording: Wording) -> str:
    """The verdict in one sentence."""
    verdict, primary = results.verdict, results.primary
    arm = results.arm(verdict.arm)
    names = {"arm": arm.name if arm else "", "control": results.control.name}
    metric = next((m for m in results.metrics if m.key == verdict.metric), primary)
    if metric is None:
        return _("Choose a primary metric: it decides what is better.")
    facts = {**names, "metric": metric.name, "name": metric.name[:1].lower() + metric.name[1:]}
    if verdict.interval is not None:
        facts["change"] = wording.change(metric, verdict.interval, verdict.lift)
    match verdict.code:
        case Code.NO_EXPOSURES:
            return _("Nobody has met this experiment yet.")
        case Code.BROKEN_SPLIT:
            return _(
                "These results can't be trusted: the variants did not get the shares they were promised."
            )
        case Code.BETTER:
            return _("%(arm)s beats %(control)s: %(name)s is %(change)s.") % facts
        case Code.WORSE:
            return _("%(arm)s does worse than %(control)s: %(name)s is %(change)s.") % facts
        case Code.GUARDRAIL:
            return _("%(arm)s does harm: %(name)s, a guardrail, is %(change)s.") % facts
        case Code.ALIKE:
            return (
                _("%(arm)s and %(control)s are alike: %(name)s is %(change)s, too little to matter.") % facts
            )
        case Code.TOO_EARLY:
            return _early(results)
        case Code.NO_NUMBERS:
            return reason_words(verdict.reason)
    if results.complete:
        return (
            _("No difference was found: with %(arm)s, %(name)s is %(change)s, which may be chance.") % facts
        )
    if results.stopped:
        return _("No winner: with %(arm)s, %(name)s is %(change)s, which may be chance.") % facts
    return _("No winner yet: with %(arm)s, %(name)s is %(change)s, which may be chance.") % facts


def _early(results: Results) -> str:
    shown = number_format(results.units, 0, force_grouping=True)
    if results.stopped:
        return ngettext(
            "Stopped too early to tell: %(shown)s shopper took part.",
            "Stopped too early to tell: %(shown)s shoppers took part.",
            results.units,
        ) % {"shown": shown}
    if results.planned_units:
        return ngettext(
            "Too early to tell: %(shown)s shopper of the %(planned)s planned.",
            "Too early to tell: %(shown)s shoppers of the %(planned)s planned.",
            results.units,
        ) % {"shown": shown, "planned": number_format(results.planned_units, 0, force_grouping=True)}
    return ngettext(
        "Too early to tell: %(shown)s shopper so far.",
        "Too early to tell: %(shown)s shoppers so far.",
        results.units,
    ) % {"shown": shown}


def ground(results: Results) -> str:
    """Why the verdict may be believed, or what is missing."""
    verdict = results.verdict
    match verdict.code:
        case Code.BROKEN_SPLIT:
            return _(
                "Look for a variant that loses shoppers on the way, such as one that fails or redirects."
            )
        case Code.NO_EXPOSURES:
            return _("Shoppers are counted from the first answer or message that carries a variant.")
        case Code.TOO_EARLY | Code.NO_NUMBERS if results.stopped:
            return _("Nobody new is counted. A copy of it starts anew.")
        case Code.TOO_EARLY | Code.NO_NUMBERS:
            if results.units and not results.sequential and not results.complete:
                return _(
                    "It is decided once: when the planned shoppers have come and their windows have closed."
                )
            return _("Numbers appear with more shoppers; nothing needs to be done.")
    if verdict.sequential and results.stopped:
        return _("The interval holds however often you looked, so it was right to stop when you did.")
    if verdict.sequential:
        return _("The interval holds however often you look, so you may stop at any time.")
    return _("Decided once, by the planned shoppers alone; whoever came later does not change it.")


def reason_words(reason: Reason | None) -> str:
    match reason:
        case Reason.ZERO_VARIANCE:
            return _("All shoppers did the same, so there is nothing to compare yet.")
        case Reason.ZERO_DENOMINATOR:
            return _("In one of the variants nobody has done what this metric is divided by yet.")
        case Reason.NO_EXPOSURES | Reason.EMPTY_ARM | Reason.ONE_UNIT:
            return _("One of the variants has no shoppers to compare yet.")
        case Reason.CONTROL_NEAR_ZERO:
            return _("The control's number can't be told from zero yet, so there is no percentage.")
    return _("There are no numbers to compare yet.")
