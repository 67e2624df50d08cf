import type { Catalogue } from "./graph";
import type { Graph, Lists } from "./types";
import { summary } from "./words";

export interface Change {
  kind: "added" | "removed" | "changed";
  text: string;
}

/** What a publication changes, in words. Moving a card changes nothing for shoppers and is left out. */
export function changes(before: Graph | null, after: Graph, catalogue: Catalogue, lists: Lists): Change[] {
  if (!before) return [];
  const old = new Map(before.nodes.map((step) => [step.key, step]));
  const found: Change[] = [];
  const called = (step: { type: string }) => catalogue.get(step.type)?.label ?? step.type;
  for (const step of after.nodes) {
    const was = old.get(step.key);
    const words = summary(step, catalogue.get(step.type), lists);
    if (!was || was.type !== step.type) {
      found.push({ kind: "added", text: [called(step), words].filter(Boolean).join(": ") });
    } else if (!same(was.config, step.config)) {
      const earlier = summary(was, catalogue.get(was.type), lists);
      const text = earlier === words ? `${called(step)}: settings` : `${called(step)}: ${earlier || "nothing"} → ${words || "nothing"}`;
      found.push({ kind: "changed", text });
    }
  }
  const kept = new Map(after.nodes.map((step) => [step.key, step.type]));
  for (const step of before.nodes) {
    if (kept.get(step.key) === step.type) continue;
    const words = summary(step, catalogue.get(step.type), lists);
    found.push({ kind: "removed", text: [called(step), words].filter(Boolean).join(": ") });
  }
  const ways = (graph: Graph) => graph.edges.map((e) => `${e.from} ${e.port} ${e.to}`).sort();
  if (!same(ways(before), ways(after)) && !found.some((one) => one.kind !== "changed")) {
    found.push({ kind: "changed", text: "Where steps lead to" });
  }
  const named = { entry: "Who may enter again", exit_on: "What makes shoppers leave early", goal: "The goal" } as const;
  for (const part of ["entry", "exit_on", "goal"] as const) {
    if (!same(before.settings[part], after.settings[part])) found.push({ kind: "changed", text: named[part] });
  }
  return found;
}

/** Equal as JSON, whatever the order of keys: what was published has been through a database that sorts them. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
  }
  return value;
}
