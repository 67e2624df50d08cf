/* Small things for every console page: the keyboard reaches what the theme made for the mouse only; times in the
   reader's own zone; copying a key. */
(() => {
  const NAMES = { close: "Close", computer: "Theme", light_mode: "Theme", dark_mode: "Theme", filter_list: "Filters" };

  const nameOf = (node) => {
    const icon = node.querySelector(".material-symbols-outlined") || node;
    const text = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join(" ").trim();
    if (text && node !== icon) return text;
    return NAMES[icon.textContent.trim()] || "";
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
    // An icon-only link or button takes its title as its name.
    for (const node of root.querySelectorAll("a[title], button[title]")) {
      if (!node.hasAttribute("aria-label")) node.setAttribute("aria-label", node.title);
    }
  };

  const DAY = { dateStyle: "medium" };
  const MOMENT = { dateStyle: "medium", timeStyle: "short" };
  const localTimes = (root) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const node of root.querySelectorAll("time[datetime]")) {
      const at = new Date(node.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      if (!node.hasAttribute("data-relative")) {
        node.textContent = at.toLocaleString(document.documentElement.lang, node.hasAttribute("data-day") ? DAY : MOMENT);
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

  const enhance = (root) => { reachable(root); localTimes(root); };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:afterSettle", (event) => enhance(event.target));
  document.addEventListener("click", copying);
})();
