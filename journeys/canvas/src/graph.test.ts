import { describe, expect, it } from "vitest";
import { changes } from "./diff";
import { addAfter, addAt, configure, connect, inOrder, portsOf, prune, remove } from "./graph";
import { begin, history } from "./history";
import { tidy } from "./layout";
import type { Graph, Lists, StepType } from "./types";
import { duration, inUnit, summary } from "./words";

const type = (name: string, ports: string[], fields: StepType["fields"] = []): StepType => ({
  type: name,
  label: name,
  help: "",
  icon: "bolt",
  group: "Do",
  fields,
  ports: ports.map((key) => ({ key, label: key })),
});
const field = (name: string, kind: string, value: StepType["fields"][number]["default"] = null) => ({
  name,
  label: name,
  kind,
  help: "",
  default: value,
  required: true,
});
const TRIGGER = type("event_trigger", ["next"], [field("event", "event")]);
const DELAY = type("delay", ["next"], [field("seconds", "duration", 3600)]);
const CHOICE = type("condition", ["yes", "no"]);
const SPLIT = type("random_split", ["a"], [field("branches", "weights", [{ key: "a", label: "A", weight: 100 }])]);
const EXIT = type("exit", []);
const CATALOGUE = new Map([TRIGGER, DELAY, CHOICE, SPLIT, EXIT].map((one) => [one.type, one]));
const LISTS: Lists = { segments: [], templates: [], experiments: [], events: [], facts: [] };
const EMPTY: Graph = {
  nodes: [],
  edges: [],
  settings: { entry: { again: "never", cooldown_hours: 0 }, exit_on: { events: [], left_segment: null }, goal: null },
};

function line(): Graph {
  const [one] = addAt(EMPTY, TRIGGER, { x: 0, y: 0 });
  const [two] = addAfter(one, DELAY, "n1", "next");
  return addAfter(two, EXIT, "n2", "next")[0];
}

describe("graph", () => {
  it("puts a step in between and keeps what followed", () => {
    const [graph, key] = addAfter(line(), DELAY, "n1", "next");
    expect(graph.edges).toContainEqual({ from: "n1", port: "next", to: key });
    expect(graph.edges).toContainEqual({ from: key, port: "next", to: "n2" });
  });
  it("never lays two steps on one another", () => {
    const places = line().nodes.map((step) => `${step.position.x},${step.position.y}`);
    expect(new Set(places).size).toBe(3);
    const [graph] = addAt(line(), DELAY, { x: 0, y: 0 });
    expect(graph.nodes.at(-1)?.position.x).toBeGreaterThan(200);
  });
  it("closes the gap when a step with one way out is removed", () => {
    expect(remove(line(), ["n2"]).edges).toEqual([{ from: "n1", port: "next", to: "n3" }]);
  });
  it("drops both ways of a removed condition", () => {
    let [graph] = addAfter(line(), CHOICE, "n1", "next");
    graph = connect(graph, { from: "n4", port: "no", to: "n3" });
    expect(remove(graph, ["n4"]).edges).toEqual([{ from: "n2", port: "next", to: "n3" }]);
  });
  it("leads a port to one step only, and never to itself", () => {
    const graph = connect(line(), { from: "n1", port: "next", to: "n3" });
    expect(graph.edges.filter((edge) => edge.from === "n1")).toEqual([{ from: "n1", port: "next", to: "n3" }]);
    expect(connect(graph, { from: "n2", port: "next", to: "n2" })).toBe(graph);
  });
  it("takes the ways out of a split from its branches, and prunes what is gone", () => {
    let [graph, key] = addAfter(line(), SPLIT, "n2", "next");
    const split = graph.nodes.find((step) => step.key === key);
    expect(split && portsOf(split, SPLIT).map((port) => port.key)).toEqual(["a"]);
    graph = configure(graph, key, { branches: [{ key: "b", label: "B", weight: 100 }] });
    expect(prune(graph, CATALOGUE, LISTS).edges.some((edge) => edge.from === key)).toBe(false);
  });
  it("lists steps from the trigger on, loops once", () => {
    const graph = connect(line(), { from: "n2", port: "next", to: "n1" });
    expect(inOrder(graph, CATALOGUE, LISTS).map((one) => one.step.key)).toEqual(["n1", "n2", "n3"]);
  });
  it("tidies into rows that go down", () => {
    const [one, two, three] = tidy(line()).nodes.map((step) => step.position.y);
    expect([one, two, three]).toEqual([...[one, two, three]].sort((a, b) => Number(a) - Number(b)));
    expect(new Set([one, two, three]).size).toBe(3);
  });
});

describe("history", () => {
  it("goes back and forth, and takes keystrokes in one field together", () => {
    const [a, b, c] = [EMPTY, { ...EMPTY }, { ...EMPTY }];
    let state = begin(a);
    state = history(state, { do: "edit", graph: b, tag: "n1.event", at: 1000 });
    state = history(state, { do: "edit", graph: c, tag: "n1.event", at: 1200 });
    expect(state.past).toHaveLength(1);
    state = history(state, { do: "undo" });
    expect(state.graph).toBe(a);
    expect(history(state, { do: "redo" }).graph).toBe(c);
  });
});

describe("words", () => {
  it("says durations in the largest whole unit", () => {
    expect([duration(1), duration(90), duration(3600), duration(172800)]).toEqual(["1 second", "90 seconds", "1 hour", "2 days"]);
    expect(inUnit(0)).toEqual([0, 3600]);
  });
  it("sums a step up by its settings", () => {
    expect(summary({ key: "n", type: "delay", config: { seconds: 7200 }, position: { x: 0, y: 0 } }, DELAY, LISTS)).toBe("2 hours");
  });
});

describe("what a publication changes", () => {
  it("names settings, steps and ways, and leaves places out", () => {
    const before = line();
    const after = configure(before, "n2", { seconds: 60 });
    expect(changes(before, after, CATALOGUE, LISTS)).toEqual([{ kind: "changed", text: "delay: 1 hour → 1 minute" }]);
    expect(changes(before, tidy(before), CATALOGUE, LISTS)).toEqual([]);
    expect(changes(before, remove(before, ["n2"]), CATALOGUE, LISTS)).toEqual([{ kind: "removed", text: "delay: 1 hour" }]);
  });
});
