/* Small things for every console page: the keyboard reaches what the theme made for the mouse only; times in the
   reader's own zone; copying a key. */
(() => {
  const NAMES = {
    graphic_eq: "Home", search: "Search", computer: "Theme", light_mode: "Theme", dark_mode: "Theme",
    filter_list: "Filters", more_vert: "More", unfold_more: "Account",
  };

  /* What a person would call the control: its own words, its title, or what its icon stands for. */
  const nameOf = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
    if (!node.classList.contains("material-symbols-outlined") && copy.textContent.trim()) return "";
    const icon = node.querySelector(".material-symbols-outlined") || node;
    const glyph = icon.textContent.trim();
    return node.title || NAMES[glyph] || glyph.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase()) || "More";
  };

  const reachable = (root) => {
    for (const node of root.querySelectorAll("span, div, a:not([href])")) {
      if (!node.hasAttribute("x-on:click") || node.tabIndex >= 0 || node.id === "changelist-filter-close") continue;
      if (node.closest("button") || node.querySelector("a[href], button, input")) continue;
      node.tabIndex = 0;
      node.setAttribute("role", "button");
      const name = nameOf(node);
      if (name) node.setAttribute("aria-label", name);
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          node.click();
        }
      });
    }
    for (const icon of root.querySelectorAll(".material-symbols-outlined")) {
      if (!icon.hasAttribute("role")) icon.setAttribute("aria-hidden", "true");
    }
    for (const node of root.querySelectorAll("a[href], button")) {
      if (node.hasAttribute("aria-label") || node.querySelector("img[alt]")) continue;
      const name = nameOf(node);
      if (name && node.querySelector(".material-symbols-outlined")) node.setAttribute("aria-label", name);
    }
  };

  /* What the page is about, for who jumps there; the theme calls it so by its id only. */
  const landmark = () => {
    const main = document.getElementById("main");
    if (main && !document.querySelector("main, [role=main]")) main.setAttribute("role", "main");
  };

  /* On a telephone every cell says its column. The theme takes the first one for a tick box, also where there is none. */
  const labels = (root) => {
    for (const table of root.querySelectorAll("table#result_list")) {
      const first = table.querySelector("thead th");
      const name = first && !first.querySelector("input") && first.querySelector(".text")?.textContent.trim();
      if (!name) continue;
      for (const row of table.querySelectorAll("tr.data-row")) {
        const cell = row.querySelector("td[data-label], th[data-label]");
        if (cell && !cell.querySelector("input.action-select")) cell.dataset.label = name;
      }
    }
  };

  const DAY = { dateStyle: "medium" };
  const MOMENT = { dateStyle: "medium", timeStyle: "short" };
  const EXACT = { dateStyle: "medium", timeStyle: "medium" };
  const PLOT = {
    day: { month: "short", day: "numeric" },
    hour: { weekday: "short", hour: "numeric", minute: "numeric" },
    time: { timeStyle: "short" },
    second: { timeStyle: "medium" },
  };
  const formOf = (node) => PLOT[node.dataset.plot] || (node.hasAttribute("data-day") ? DAY : node.hasAttribute("data-seconds") ? EXACT : MOMENT);
  const localTimes = (root) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const node of root.querySelectorAll("time[datetime]")) {
      const at = new Date(node.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      if (node.hasAttribute("data-clock")) {
        node.textContent = at.toLocaleString(document.documentElement.lang, PLOT.time);
      } else if (!node.hasAttribute("data-relative")) {
        node.textContent = at.toLocaleString(document.documentElement.lang, formOf(node));
      }
      node.title = `${at.toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "medium" })} (${zone})`;
    }
  };

  const copying = (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim()).then(() => {
      button.textContent = button.dataset.copied;
    });
  };

  const enhance = (root) => { landmark(); reachable(root); labels(root); localTimes(root); };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:afterSettle", (event) => enhance(event.target));
  document.addEventListener("click", copying);
})();
