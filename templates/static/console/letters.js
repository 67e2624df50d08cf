/* What is changed in many dead letters alike: a list of edits as the form's field "edits". */
document.addEventListener("alpine:init", () => {
  let count = 0;
  const fresh = (path = "") => ({ uid: (count += 1), do: "rename", path, to: "", value: "" });

  /* "12", "true" and "null" are what JSON says they are; everything else is a text. */
  const meant = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };

  Alpine.data("letterEdits", () => ({
    edits: [fresh()],

    init() {
      this.write();
      this.$watch("edits", () => {
        this.write();
        if (this.edits.some((edit) => edit.path.trim())) document.body.dispatchEvent(new Event("preview"));
      });
    },
    write() {
      this.$refs.edits.value = JSON.stringify(
        this.edits.map(({ do: verb, path, to, value }) => ({
          do: verb,
          path,
          ...(verb === "rename" ? { to } : {}),
          ...(verb === "set" ? { value: meant(value) } : {}),
        })),
      );
    },
    add() {
      this.edits.push(fresh());
    },
    drop(index) {
      this.edits.splice(index, 1);
    },
  }));
});
