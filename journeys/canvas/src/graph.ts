// Every change of a graph is a pure function: graph in, graph out. The editor keeps the history of what they return.
import type { Config, Edge, Field, Graph, Lists, Named, Port, Step, StepType } from "./types";

export const WIDTH = 240;
export const HEIGHT = 104;
const GAP = { x: 48, y: 76 };

export type Catalogue = Map<string, StepType>;

/** The ways out of a step. Splits name theirs in their settings. */
export function portsOf(step: Step, type: StepType | undefined, experiments: Named[] = []): Port[] {
  if (!type) return [];
  for (const field of type.fields) {
    const value = step.config[field.name];
    if (field.kind === "weights" && Array.isArray(value)) {
      return value.map((branch) => {
        const { key, label } = branch as { key: string; label?: string };
        return { key, label: label || key };
      });
    }
    if (field.kind === "experiment") {
      const variants = experiments.find((one) => one.key === value)?.variants ?? [];
      const keys = (step.config.variants ?? []) as string[];
      const named = keys.map((key) => ({ key, label: variants.find((one) => one.key === key)?.name ?? key }));
      return [...named, ...type.ports];
    }
  }
  return type.ports;
}

export function isTrigger(type: StepType | undefined): boolean {
  return Boolean(type?.type.endsWith("_trigger"));
}

export function defaults(type: StepType): Config {
  return Object.fromEntries(type.fields.map((field: Field) => [field.name, structuredClone(field.default) ?? ""]));
}

function freeKey(graph: Graph): string {
  const used = graph.nodes.map((step) => Number(/^n(\d+)$/.exec(step.key)?.[1] ?? 0));
  return `n${Math.max(0, ...used) + 1}`;
}

/** The first place at or right of `wanted` where no other step lies. */
function freePlace(graph: Graph, wanted: { x: number; y: number }): { x: number; y: number } {
  const place = { x: Math.round(wanted.x), y: Math.round(wanted.y) };
  const covered = () =>
    graph.nodes.some(
      ({ position }) => Math.abs(position.x - place.x) < WIDTH && Math.abs(position.y - place.y) < HEIGHT,
    );
  while (covered()) place.x += WIDTH + GAP.x;
  return place;
}

export function addAt(graph: Graph, type: StepType, position: { x: number; y: number }): [Graph, string] {
  const key = freeKey(graph);
  const step: Step = { key, type: type.type, config: defaults(type), position: freePlace(graph, position) };
  return [{ ...graph, nodes: [...graph.nodes, step] }, key];
}

/** A new step behind a port. What the port led to before follows the new step. */
export function addAfter(graph: Graph, type: StepType, from: string, port: string): [Graph, string] {
  const source = graph.nodes.find((step) => step.key === from);
  if (!source) return addAt(graph, type, { x: 0, y: 0 });
  const before = graph.edges.find((edge) => edge.from === from && edge.port === port);
  const room = before ? pushDown(graph, before.to, source.position.y) : graph;
  const place = { x: source.position.x, y: source.position.y + HEIGHT + GAP.y };
  const [grown, key] = addAt(room, type, place);
  let next = connect(grown, { from, port, to: key });
  const out = type.ports[0];
  if (before && out) next = connect(next, { from: key, port: out.key, to: before.to });
  return [next, key];
}

/** Moves everything reachable from `start` that lies below `line` one row down. */
function pushDown(graph: Graph, start: string, line: number): Graph {
  const reached = new Set<string>();
  const queue = [start];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (reached.has(key)) continue;
    reached.add(key);
    queue.push(...graph.edges.filter((edge) => edge.from === key).map((edge) => edge.to));
  }
  const down = (step: Step): Step =>
    reached.has(step.key) && step.position.y > line
      ? { ...step, position: { ...step.position, y: step.position.y + HEIGHT + GAP.y } }
      : step;
  return { ...graph, nodes: graph.nodes.map(down) };
}

/** A port leads to one step: a new edge takes the place of the old one. */
export function connect(graph: Graph, edge: Edge): Graph {
  if (edge.from === edge.to) return graph;
  return { ...graph, edges: [...graph.edges.filter((old) => !sameEnd(old, edge)), edge] };
}

export function disconnect(graph: Graph, from: string, port: string): Graph {
  return { ...graph, edges: graph.edges.filter((edge) => !sameEnd(edge, { from, port })) };
}

function sameEnd(edge: Edge, end: { from: string; port: string }): boolean {
  return edge.from === end.from && edge.port === end.port;
}

/** Without these steps. What led to one with a single way out leads on to what came after it. */
export function remove(graph: Graph, keys: string[]): Graph {
  return keys.reduce((left, key) => {
    const out = left.edges.filter((edge) => edge.from === key);
    const follower = out.length === 1 ? out[0]?.to : undefined;
    const edges = left.edges.flatMap((edge) => {
      if (edge.from === key) return [];
      if (edge.to !== key) return [edge];
      return follower && follower !== edge.from ? [{ ...edge, to: follower }] : [];
    });
    return { ...left, nodes: left.nodes.filter((step) => step.key !== key), edges };
  }, graph);
}

export function configure(graph: Graph, key: string, part: Config): Graph {
  const nodes = graph.nodes.map((step) => (step.key === key ? { ...step, config: { ...step.config, ...part } } : step));
  return { ...graph, nodes };
}

/** Edges whose port or end no longer exists, dropped. */
export function prune(graph: Graph, catalogue: Catalogue, lists: Lists): Graph {
  const steps = new Map(graph.nodes.map((step) => [step.key, step]));
  const edges = graph.edges.filter((edge) => {
    const source = steps.get(edge.from);
    if (!source || !steps.has(edge.to)) return false;
    const type = catalogue.get(source.type);
    return !type || portsOf(source, type, lists.experiments).some((port) => port.key === edge.port);
  });
  return edges.length === graph.edges.length ? graph : { ...graph, edges };
}

export function moveTo(graph: Graph, places: Map<string, { x: number; y: number }>): Graph {
  const nodes = graph.nodes.map((step) => {
    const place = places.get(step.key);
    return place ? { ...step, position: { x: Math.round(place.x), y: Math.round(place.y) } } : step;
  });
  return { ...graph, nodes };
}

export interface Line {
  step: Step;
  depth: number;
  /** The way by which one comes here, when there is more than one. */
  via: string;
}

/** The steps as a list reads them: from each trigger along its ways; what nothing leads to comes last. */
export function inOrder(graph: Graph, catalogue: Catalogue, lists: Lists): Line[] {
  const steps = new Map(graph.nodes.map((step) => [step.key, step]));
  const seen = new Set<string>();
  const lines: Line[] = [];
  const walk = (key: string, depth: number, via: string): void => {
    const step = steps.get(key);
    if (!step || seen.has(key)) return;
    seen.add(key);
    lines.push({ step, depth, via });
    const ports = portsOf(step, catalogue.get(step.type), lists.experiments);
    const several = ports.filter((port) => !port.optional).length > 1;
    for (const port of ports) {
      const edge = graph.edges.find((one) => sameEnd(one, { from: key, port: port.key }));
      if (edge) walk(edge.to, several ? depth + 1 : depth, several ? port.label : "");
    }
  };
  const byPlace = [...graph.nodes].sort((a, b) => a.position.y - b.position.y || a.position.x - b.position.x);
  for (const step of byPlace) if (isTrigger(catalogue.get(step.type))) walk(step.key, 0, "");
  for (const step of byPlace) walk(step.key, 0, "");
  return lines;
}
