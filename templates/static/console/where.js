/* Conditions on the properties of events, as rows: used where segments and computed traits are built. */
document.addEventListener("alpine:init", () => {
  const BARE = ["exists", "missing"];
  const NUMBERS = [">=", "<=", ">", "<"];

  /* Puts a template of the page here; templates may hold themselves. */
  Alpine.directive("nested", (el, { expression }) => {
    const copy = document.getElementById(expression).content.cloneNode(true);
    const parts = [...copy.children];
    Alpine.mutateDom(() => {
      el.append(copy);
      parts.forEach((part) => Alpine.initTree(part));
    });
  });

  Alpine.magic("where", () => ({
    bare: (one) => BARE.includes(one.op),
    shown: (one) => (one.values || []).join(", "),
    read(one, text) {
      const values = text.split(",").map((value) => value.trim()).filter(Boolean);
      const numeric = NUMBERS.includes(one.op) && values.every((value) => Number.isFinite(Number(value)));
      return numeric ? values.map(Number) : values;
    },
    setOp(one, op) {
      const text = (one.values || []).join(", ");
      one.op = op;
      one.values = BARE.includes(op) ? [] : this.read(one, text);
    },
    add(holder, button) {
      (holder.where ||= []).push({ property: "", op: "is", values: [] });
      const rows = button.closest(".seg-where");
      Alpine.nextTick(() => [...rows.querySelectorAll(".seg-path")].at(-1)?.focus());
    },
    remove(holder, place, button) {
      const rows = button.closest(".seg-where");
      holder.where.splice(place, 1);
      Alpine.nextTick(() => rows.querySelector(".seg-more")?.focus());
    },
    /* What properties with a point in their name lie in, such as products, and what was chosen before. */
    lists(paths, chosen) {
      const found = paths.filter((one) => one.path.includes(".")).map((one) => one.path.slice(0, one.path.lastIndexOf(".")));
      return [...new Set([...found, chosen].filter(Boolean))].sort();
    },
    /* Properties that came with an event, by its name without case. */
    paths(catalogue, name) {
      const folded = (name || "").trim().toLowerCase();
      return catalogue.events.find((event) => event.name.toLowerCase() === folded)?.properties || [];
    },
  }));
});
