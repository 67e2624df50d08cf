/* The segment builder: a tree of conditions as the form's field "definition". Groups hold groups, so the group's
   template is put inside itself (x-nested); what the server finds wrong is shown at its condition. */
document.addEventListener("alpine:init", () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const OPS = {
    number: [[">=", "is at least"], ["<=", "is at most"], [">", "is more than"], ["<", "is less than"], ["=", "is exactly"]],
    text: [["is", "is one of"], ["is_not", "is none of"]],
    names: [["includes", "include"], ["excludes", "do not include"]],
    date: [["within", "is in the last"], ["ago", "is more than … ago"], ["ahead", "is in the next"], ["before", "is before"], ["after", "is after"]],
  };
  const DAYS = ["within", "ago", "ahead"];
  const KNOWN = [["known", "is known"], ["unknown", "is not known"]];
  let count = 0;
  const uid = () => `seg${(count += 1)}`;

  /* Every node gets a name of its own, so that rows keep their focus while others come and go. */
  const { starts } = read("segment-catalogue");
  const named = (node) => {
    const start = starts.find((one) => one.node.type === node.type);
    if (node.of) return { ...node, uid: uid(), of: node.of.map(named) };
    return { ...structuredClone(start?.node || {}), ...node, uid: uid() };
  };
  const plain = (node) => {
    const { uid: _, ...rest } = node;
    for (const [key, value] of Object.entries(rest)) {
      if (key === "of") rest.of = value.map(plain);
      // Without days is "ever": a field that is empty while one types is a number that is missing.
      else if (value === "" && key === "days") rest[key] = 0;
      else if (value === "" && ["value", "value_min"].includes(key)) rest[key] = null;
    }
    return rest;
  };

  Alpine.data("segmentBuilder", () => ({
    tree: { type: "all", of: [] },
    catalogue: read("segment-catalogue"),
    problems: {},
    history: [],
    future: [],
    last: "",
    at: 0,
    restricted: false,
    leaving: false,
    dirty: false,

    init() {
      const stored = read("segment-definition");
      this.tree = named(stored.of ? stored : { type: "all", of: [stored] });
      this.note(read("segment-first-problems"));
      this.$refs.definition.value = this.last = JSON.stringify(plain(this.tree));
      this.restricted = Boolean(this.$root.querySelector("[name=restricted]")?.checked);
      this.$watch("tree", () => this.changed());
      document.body.addEventListener("htmx:afterSettle", (event) => {
        if (event.target.id === "segment-size") this.note(read("segment-problems"));
      });
      window.addEventListener("beforeunload", (event) => {
        if (this.dirty && !this.leaving) event.preventDefault();
      });
      this.$nextTick(() => this.recount());
    },
    changed() {
      const now = JSON.stringify(plain(this.tree));
      if (now === this.last) return;
      // What is typed in one go is undone in one go.
      if (Date.now() - this.at > 800 || !this.history.length) this.history.push(this.last);
      this.at = Date.now();
      this.future = [];
      this.last = this.$refs.definition.value = now;
      this.dirty = true;
      this.recount();
    },
    undo() {
      this.swap(this.history, this.future);
    },
    redo() {
      this.swap(this.future, this.history);
    },
    swap(from, to) {
      const other = from.pop();
      if (other === undefined) return;
      to.push(this.last);
      this.at = 0;
      this.last = this.$refs.definition.value = other;
      this.tree = named(JSON.parse(other));
      this.recount();
    },
    /* As everywhere; inside a field that is typed into, the browser's own undo. */
    key(event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input:not([type=checkbox]), textarea")) return;
      const name = event.key.toLowerCase();
      if (name !== "z" && name !== "y") return;
      event.preventDefault();
      if (name === "y" || event.shiftKey) this.redo();
      else this.undo();
    },
    recount() {
      htmx.trigger(document.body, "recount");
    },
    note(found) {
      this.problems = {};
      for (const problem of found) (this.problems[problem.path] ||= []).push(problem.message);
    },
    problemsAt(where) {
      return (this.problems[where] || []).join(" ");
    },

    isGroup: (node) => Array.isArray(node.of),
    depth: (where) => (where ? where.split(".").length : 0),
    joint: (group) => (group.type === "all" ? "and" : "or"),
    groupName: (group) => ({ all: "All of these hold", any: "Any of these holds", not: "None of these holds" })[group.type],
    startOf(node) {
      return this.catalogue.starts.find((start) => start.node.type === node.type) || { label: "" };
    },
    add(group, select) {
      const start = this.catalogue.starts[Number(select.value)];
      const chosen = select.value !== "";
      select.value = "";
      if (!chosen) return;
      this.at = 0;
      group.of.push(named(structuredClone(Alpine.raw(start.node))));
      const list = select.closest(".seg-group").querySelector(".seg-parts");
      this.$nextTick(() => list.lastElementChild?.querySelector(".seg-condition select, .seg-condition input")?.focus());
    },
    /* A group or condition once more, below itself. */
    copy(siblings, place, button) {
      this.at = 0;
      siblings.splice(place + 1, 0, named(plain(Alpine.raw(siblings[place]))));
      const list = button.closest(".seg-parts");
      this.$nextTick(() => list.children[place + 1]?.querySelector("select, input")?.focus());
    },
    addGroup(group, button) {
      this.at = 0;
      group.of.push(named({ type: group.type === "any" ? "all" : "any", of: [] }));
      const list = button.closest(".seg-group").querySelector(".seg-parts");
      this.$nextTick(() => list.lastElementChild?.querySelector(".seg-combine")?.focus());
    },
    remove(siblings, place, button) {
      const around = button.closest(".seg-parts")?.closest(".seg-group");
      this.at = 0;
      siblings.splice(place, 1);
      this.$nextTick(() => around?.querySelector(":scope > .seg-add select")?.focus());
    },

    actOf(node) {
      return this.catalogue.acts.find((act) => act.value === node.act) || {};
    },
    filtered: (node) => Boolean(node.categories?.length || node.brands?.length || node.items?.length || node.value_min),
    setAct(node, act) {
      node.act = act;
      if (!this.actOf(node).items) Object.assign(node, { categories: [], brands: [], items: [], value_min: null, days: Math.min(node.days || 30, 90) });
      if (!["bought", "returned", "ordered", "spent"].includes(act)) node.value_min = null;
      if (act === "spent" && node.value === 1) node.value = 50;
    },
    opOf: (node) => ((node.op === "=" || node.op === "<=") && node.value === 0 ? "never" : node.op),
    setOp(node, op) {
      if (op === "never") Object.assign(node, { op: "=", value: 0 });
      else Object.assign(node, { op, value: node.value || 1 });
    },
    traitOf(node) {
      return this.catalogue.traits.find((trait) => trait.value === node.trait) || { kind: "number", hint: "" };
    },
    traitOps(node) {
      return [...OPS[this.traitOf(node).kind], ...KNOWN].map(([value, label]) => ({ value, label }));
    },
    setTrait(node, trait) {
      this.at = 0;
      node.trait = trait;
      const ops = this.traitOps(node);
      Object.assign(node, { values: [], value: ["number", "date"].includes(this.traitOf(node).kind) ? (node.value ?? 1) : null });
      if (!ops.some((op) => op.value === node.op)) node.op = ops[0].value;
    },
    asksNumber(node) {
      return !this.isKnown(node) && (this.traitOf(node).kind === "number" || DAYS.includes(node.op));
    },
    asksDate: (node) => node.op === "before" || node.op === "after",
    asksValues(node) {
      return !this.isKnown(node) && ["text", "names"].includes(this.traitOf(node).kind);
    },
    setBy(node, by) {
      node.by = by;
      if (by === "times") Object.assign(node, { property: "", value: Math.max(0, Math.round(node.value || 1)) });
    },
    featureOf(node) {
      for (const { features } of this.catalogue.features) {
        const found = features.find((feature) => feature.value === node.feature);
        if (found) return found;
      }
      return { kind: "number", hint: "" };
    },
    isNumber(node) {
      return this.featureOf(node).kind === "number";
    },
    isKnown: (node) => node.op === "known" || node.op === "unknown",
    opsOf(node) {
      return [...OPS[this.featureOf(node).kind], ...KNOWN].map(([value, label]) => ({ value, label }));
    },
    setFeature(node, feature) {
      node.feature = feature;
      const ops = this.opsOf(node);
      Object.assign(node, { values: [], value: this.isNumber(node) ? (node.value ?? 1) : null });
      if (!ops.some((op) => op.value === node.op)) node.op = ops[0].value;
    },
    lines(event) {
      this.at = 0; // a value that is picked is undone by itself
      return event.target.value.split("\n").map((line) => line.trim()).filter(Boolean);
    },
  }));
});
