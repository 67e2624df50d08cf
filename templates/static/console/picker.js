/* Turns <textarea data-picker="item|category|brand"> into a search box with chips. The text area stays the truth: one
   value a line, which is what the form sends. Combobox pattern of the ARIA practices. */
(() => {
  const find = async (kind, params) => {
    const url = new URL(`../find/${kind}/`, location.href.replace(/\/(add|\d+\/change)\/.*$/, "/x/"));
    for (const [key, value] of params) url.searchParams.append(key, value);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).results : [];
  };

  const make = (tag, props = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };

  const enhance = (area) => {
    if (area.hasAttribute("data-enhanced")) return;
    area.setAttribute("data-enhanced", "");
    const kind = area.dataset.picker;
    const id = `${area.id}_list`;
    const label = document.querySelector(`label[for="${area.id}"]`);
    const input = make("input", { type: "text", id: `${area.id}_search`, autocomplete: "off", placeholder: "Search…" });
    const list = make("ul", { className: "picker-list", id, hidden: true });
    const box = make("div", { className: "picker-box" }, input);
    const labels = new Map();
    let results = [], at = -1, timer = 0;

    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", `Suggestions for ${kind}`);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" })) input.setAttribute(name, value);
    if (label) label.htmlFor = input.id; else input.setAttribute("aria-label", area.getAttribute("aria-label") || kind);
    /* Few values: shown before anything is typed. */
    const eager = area.hasAttribute("data-eager");

    const values = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const set = (next) => {
      area.value = [...new Set(next)].join("\n");
      draw();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const draw = () => {
      box.querySelectorAll(".picked").forEach((node) => node.remove());
      for (const value of values()) {
        const name = labels.get(value) || value.replaceAll(" > ", " › ");
        const remove = make("button", { type: "button", textContent: "×", ariaLabel: `Remove ${name}` });
        remove.addEventListener("click", () => { set(values().filter((v) => v !== value)); input.focus(); });
        box.insertBefore(make("span", { className: "picked" }, name, remove), input);
      }
    };
    const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const pick = (index) => {
      const chosen = results[index];
      if (!chosen) return;
      labels.set(chosen.value, chosen.label);
      set([...values(), chosen.value]);
      input.value = "";
      close();
    };
    const mark = (index) => {
      at = (index + results.length) % results.length;
      [...list.children].forEach((node, n) => node.setAttribute("aria-selected", String(n === at)));
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    };
    const search = async () => {
      const text = input.value.trim();
      if (!text && !eager) return close();
      results = (await find(kind, [["q", text]])).filter((r) => !values().includes(r.value));
      if (text !== input.value.trim()) return;
      list.replaceChildren(...results.map((r, n) => {
        const row = make("li", { id: `${id}_${n}` }, r.label, make("small", { textContent: r.hint }));
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        row.addEventListener("mousedown", (event) => { event.preventDefault(); pick(n); });
        return row;
      }));
      list.hidden = !results.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      at = -1;
    };

    input.addEventListener("input", (event) => { event.stopPropagation(); clearTimeout(timer); timer = setTimeout(search, 180); });
    input.addEventListener("blur", close);
    if (eager) input.addEventListener("focus", search);
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!text.includes("\n")) return;
      event.preventDefault();
      set([...values(), ...text.split("\n").map((line) => line.trim()).filter(Boolean)]);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && results.length) { event.preventDefault(); mark(at + 1); }
      else if (event.key === "ArrowUp" && results.length) { event.preventDefault(); mark(at - 1); }
      else if (event.key === "Escape") close();
      else if (event.key === "Enter") { event.preventDefault(); pick(at < 0 ? 0 : at); }
      else if (event.key === "Backspace" && !input.value) set(values().slice(0, -1));
    });

    area.hidden = true;
    area.style.display = "none";
    area.insertAdjacentElement("beforebegin", make("div", { className: "picker" }, box, list));
    draw();
    if (kind === "item" && values().length) {
      find(kind, values().map((value) => ["is", value])).then((found) => { for (const r of found) labels.set(r.value, r.label); draw(); });
    }
  };
  /* For areas that come later, such as those of a new condition. */
  window.attunePicker = enhance;
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("textarea[data-picker]").forEach(enhance));
})();
