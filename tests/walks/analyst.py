"""The analyst's ways through the console: an experiment from the builder to the verdict."""

from __future__ import annotations

import re

from .staff import Staff

LIST = "/admin/experiments/experiment/"


class Analyst(Staff):
    def busy_placements(self) -> set[str]:
        """Keys of placements on which an experiment runs or is paused, as the list says."""
        self.open(LIST)
        rows = self.page.locator("#result_list tbody tr").all_inner_texts()
        live = [row for row in rows if re.search(r"\b(Running|Paused)\b", row)]
        return {key for row in live for key in re.findall(r"\b([a-z][a-z0-9-]*): ", row)}

    def compare_strategies(self, name: str, placement: str = "home") -> None:
        """The builder's first two steps: the best sellers against what is personal, half and half."""
        self.open(f"{LIST}add/")
        self.page.fill("[name=name]", name)
        self.page.select_option("[name=placement]", placement)
        self.page.click("[data-next]")
        self.page.fill("[name=variants-0-name]", "Popular")
        self.page.select_option("[name=variants-0-change_strategy]", "trending")
        self.page.fill("[name=variants-1-name]", "Personal")
        self.page.select_option("[name=variants-1-change_strategy]", "personal")

    def decide_by(self, metric: str) -> None:
        self.page.click("[data-step=metrics]")
        self.page.select_option("[name=primary]", label=metric)

    def plan(self, shoppers_per_variant: int) -> None:
        self.page.click("[data-step=plan]")
        self.page.fill("[name=planned_units]", str(shoppers_per_variant))

    def save_draft(self) -> None:
        self.page.click("text=Save as a draft")
        self.page.wait_for_url("**/change/")

    def key(self) -> str:
        """Of the experiment whose page is open."""
        return self.page.inner_text("code.mono >> nth=0")

    def start(self) -> None:
        self.page.click("text=Start the experiment")
        self.page.wait_for_selector(".pill:has-text('Running')")

    def verdict(self) -> str:
        """As one reads it: the page keeps numbers and their signs on one line by a wider sort of blank."""
        return self.page.inner_text("section[aria-labelledby=verdict]").replace("\N{NO-BREAK SPACE}", " ")

    def stop(self, why: str) -> None:
        """On the page of the running experiment."""
        self.page.fill("#conclusion", why)
        self.page.click("button:has-text('Stop the experiment')")
        self.page.wait_for_selector(".pill:has-text('Stopped')")

    def interval(self) -> tuple[float, float]:
        """Of the results page that is open: the primary metric's difference, low and high, for many looks."""
        self.page.click("summary:has-text('both intervals')")
        said = self.page.inner_text("details[open]:has-text('both intervals') tbody td >> nth=1")
        low, high = said.partition(" · ")[0].split(" to ")
        return number(low), number(high)

    def results(self, key: str) -> None:
        self.open(f"/admin/experiments/results/{key}/")
        self.page.wait_for_selector(".verdict-line")


def number(said: str) -> float:
    """ "−1.10 points", "+USD 1,234.50" → −1.1, 1234.5."""
    size = float(re.search(r"\d[\d,]*(\.\d+)?", said)[0].replace(",", ""))  # type: ignore[index]
    return -size if said.strip().startswith("−") else size
