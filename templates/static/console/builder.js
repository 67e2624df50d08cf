/* The builder of experiments: one step at a time, variants added and taken out, shares summed as one types.
   Without script all steps stand below each other and the form works as well. */
(() => {
  const start = (form) => {
    const sections = [...form.querySelectorAll("[data-section]")];
    const buttons = [...form.querySelectorAll("[data-step]")];
    const back = form.querySelector("[data-back]");
    const next = form.querySelector("[data-next]");
    let at = 0;

    const show = (index, focus) => {
      at = Math.max(0, Math.min(index, sections.length - 1));
      sections.forEach((section, i) => { section.hidden = i !== at; });
      buttons.forEach((button, i) => {
        if (i === at) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
        button.classList.toggle("done", i < at);
      });
      back.hidden = at === 0;
      next.hidden = at === sections.length - 1;
      if (focus) sections[at].querySelector("h2").focus();
    };
    buttons.forEach((button, i) => button.addEventListener("click", () => show(i, true)));
    back.addEventListener("click", () => show(at - 1, true));
    next.addEventListener("click", () => show(at + 1, true));
    show(sections.findIndex((section) => section.dataset.section === form.dataset.first), false);

    /* Only placements have settings to change; a holdout has no traffic or layer of its own. */
    const kind = form.querySelector("[name=kind]");
    const fit = () => {
      const placement = kind.value === "placement";
      form.querySelectorAll(".variant-change").forEach((node) => { node.hidden = !placement; });
      const hide = (name, hidden) => {
        const node = form.querySelector(`[data-field=${name}]`);
        if (node) node.hidden = hidden;
      };
      hide("placement", !placement);
      ["traffic", "layer", "segment"].forEach((name) => hide(name, kind.value === "holdout"));
    };
    kind.addEventListener("change", fit);

    const variants = form.querySelector("[data-variants]");
    const template = form.querySelector("[data-variant-template]");
    const total = form.querySelector("[name=variants-TOTAL_FORMS]");
    const sum = form.querySelector("[data-sum]");
    const rows = () => [...variants.querySelectorAll("[data-variant]")].filter((row) => {
      const gone = row.querySelector("[name$=-DELETE]");
      return !(gone && gone.checked);
    });
    const share = (row) => row.querySelector("[name$=-weight]");
    const add = () => {
      const hundredths = rows().reduce((all, row) => all + Math.round(100 * (parseFloat(share(row).value) || 0)), 0);
      const right = hundredths === 10000;
      const words = right ? sum.dataset.right : sum.dataset.wrong;
      sum.textContent = words.replace("{n}", String(hundredths / 100));
      sum.className = right ? "up" : "down";
    };
    const even = () => {
      const kept = rows();
      const each = Math.floor(10000 / kept.length);
      kept.forEach((row, i) => { share(row).value = String((i ? each : 10000 - each * (kept.length - 1)) / 100); });
      add();
    };
    form.querySelector("[data-even]")?.addEventListener("click", even);
    const adding = form.querySelector("[data-add]");
    adding?.addEventListener("click", () => {
      if (rows().length >= Number(form.querySelector("[name=variants-MAX_NUM_FORMS]").value)) return;
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
      const row = holder.firstElementChild;
      variants.append(row);
      total.value = String(Number(total.value) + 1);
      fit();
      even();
      row.querySelector("[name$=-name]").focus();
    });
    form.querySelectorAll("[data-add], [data-even]").forEach((button) => { button.hidden = false; });
    variants.addEventListener("input", add);
    variants.addEventListener("change", (event) => {
      if (event.target.name?.endsWith("-DELETE")) {
        event.target.closest("[data-variant]").classList.toggle("out", event.target.checked);
        even();
      }
    });
    fit();
    add();
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-builder]").forEach(start));
})();
