/* The builder of computed traits: a sentence whose parts are the form's field "definition". */
document.addEventListener("alpine:init", () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const EMPTY = { source: "event", event: "", act: "bought", function: "count", property: "", shown: "text", where: [], days: null, lines: "" };

  Alpine.data("traitBuilder", () => ({
    measure: { ...EMPTY },
    catalogue: read("trait-catalogue"),
    last: "",
    dirty: false,
    leaving: false,

    init() {
      this.measure = { ...EMPTY, ...read("trait-definition") };
      this.last = this.$refs.definition.value = this.plain();
      this.$watch("measure", () => {
        const now = this.plain();
        if (now === this.last) return;
        this.last = this.$refs.definition.value = now;
        this.dirty = true;
        htmx.trigger(document.body, "retry");
      });
      window.addEventListener("beforeunload", (event) => {
        if (this.dirty && !this.leaving) event.preventDefault();
      });
      this.$nextTick(() => htmx.trigger(document.body, "retry"));
    },
    plain() {
      const { source, event, act, function: name, property, shown, where, days } = this.measure;
      // Without days is "ever": a field that is empty while one types is a number that is missing.
      const found = { source, function: name, days: days === "" ? 0 : days };
      if (source === "event") Object.assign(found, { event, lines: this.measure.lines || "" });
      if (source === "act") found.act = act;
      if (this.needsProperty()) found.property = property;
      if (["first", "last"].includes(name)) found.shown = shown;
      if (source !== "trait") found.where = where;
      else delete found.days;
      return JSON.stringify(found);
    },
    get from() {
      return this.measure.source === "act" ? this.measure.act : `@${this.measure.source}`;
    },
    setFrom(value) {
      const act = !value.startsWith("@");
      Object.assign(this.measure, { source: act ? "act" : value.slice(1), act: act ? value : "bought", where: [], lines: "" });
      if (this.measure.source === "trait" && !["last", "unique_list"].includes(this.measure.function)) this.setFunction("last");
      if (act && !this.paths().some((one) => one.path === this.measure.property)) this.measure.property = "";
    },
    setFunction(value) {
      this.measure.function = value;
      if (!["first", "last"].includes(value)) {
        this.measure.shown = "text";
        if (this.measure.property === "@time") this.measure.property = "";
      }
    },
    setProperty(value) {
      this.measure.property = value;
      const known = this.paths().find((one) => one.path === value);
      if (value === "@time") this.measure.shown = "date";
      else if (known) this.measure.shown = known.kind === "list" ? "text" : known.kind;
    },
    needsProperty() {
      return this.measure.source === "trait" || Boolean(this.catalogue.functions.find((f) => f.value === this.measure.function)?.property);
    },
    functions() {
      if (this.measure.source !== "trait") return this.catalogue.functions;
      return [{ value: "last", label: "The value now" }, { value: "unique_list", label: "All values of a list" }];
    },
    paths() {
      if (this.measure.source === "act") return this.catalogue.actProperties;
      return this.measure.source === "event" ? this.$where.paths(this.catalogue, this.measure.event) : [];
    },
  }));
});
