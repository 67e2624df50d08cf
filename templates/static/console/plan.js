/* A planned event's fields as a table. The JSON Schema in the text area is what counts: the table changes the words that
   it shows and leaves everything else in it alone. */
document.addEventListener("alpine:init", () => {
  let count = 0;
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  Alpine.data("planEvent", () => ({
    schema: { type: "object", properties: {} },
    rows: [],
    raw: false,
    closed: false,
    broken: "",

    init() {
      this.schema = JSON.parse(document.getElementById("plan-schema").textContent) || {};
      this.rows = this.table();
      this.show();
    },
    /* The schema as rows. */
    table() {
      const { properties = {}, required = [] } = this.schema;
      this.closed = this.schema.additionalProperties === false;
      return Object.entries(properties).map(([name, inner]) => ({
        uid: (count += 1),
        before: name,
        name,
        type: Array.isArray(inner.type) ? "*" : inner.type || "",
        values: (inner.enum || []).join(", "),
        required: required.includes(name),
        description: inner.description || "",
      }));
    },
    /* The rows into the schema. */
    write() {
      const old = this.schema.properties || {};
      const properties = {};
      for (const row of this.rows) {
        const name = row.name.trim();
        if (!name) continue;
        const inner = { ...(old[row.before] || {}) };
        if (row.type !== "*") {
          if (row.type) inner.type = row.type;
          else delete inner.type;
        }
        const listed = row.values.split(",").map((value) => value.trim()).filter(Boolean);
        const values = row.type === "string" ? listed : listed.map(Number).filter((value) => !Number.isNaN(value));
        if (values.length && ["string", "number", "integer"].includes(row.type)) inner.enum = values;
        else if (row.type !== "*") delete inner.enum;
        if (row.description.trim()) inner.description = row.description.trim();
        else delete inner.description;
        properties[name] = inner;
        row.before = name;
      }
      const required = this.rows.filter((row) => row.required && row.name.trim()).map((row) => row.name.trim());
      const next = { ...this.schema, type: "object", properties, required };
      if (!required.length) delete next.required;
      if (this.closed) next.additionalProperties = false;
      else if (next.additionalProperties === false) delete next.additionalProperties;
      if (same(next, this.schema)) return;
      this.schema = next;
      this.show();
      this.retry();
    },
    /* What was written as JSON into the table. */
    read() {
      try {
        this.schema = JSON.parse(this.$refs.schema.value);
        this.broken = "";
        this.rows = this.table();
        this.retry();
      } catch (error) {
        this.broken = error.message;
      }
    },
    show() {
      this.$refs.schema.value = JSON.stringify(this.schema, null, 2);
    },
    retry() {
      document.body.dispatchEvent(new Event("retry"));
    },
    add() {
      this.rows.push({ uid: (count += 1), before: "", name: "", type: "string", values: "", required: false, description: "" });
      this.$nextTick(() => [...this.$root.querySelectorAll(".plan-row input")].filter((node) => !node.value)[0]?.focus());
    },
    drop(index) {
      this.rows.splice(index, 1);
      this.write();
    },
  }));
});
