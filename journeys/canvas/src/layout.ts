import dagre from "@dagrejs/dagre";
import { HEIGHT, WIDTH, moveTo } from "./graph";
import type { Graph } from "./types";

/** The graph with its steps laid out in rows from the top (Sugiyama's layers, as dagre draws them). */
export function tidy(graph: Graph): Graph {
  const plan = new dagre.graphlib.Graph({ multigraph: true });
  plan.setGraph({ rankdir: "TB", nodesep: 56, ranksep: 84 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const step of graph.nodes) plan.setNode(step.key, { width: WIDTH, height: HEIGHT });
  for (const edge of graph.edges) plan.setEdge(edge.from, edge.to, {}, edge.port);
  dagre.layout(plan);
  const places = graph.nodes.map((step) => {
    const { x, y } = plan.node(step.key) as { x: number; y: number };
    return [step.key, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }] as const;
  });
  return moveTo(graph, new Map(places));
}
