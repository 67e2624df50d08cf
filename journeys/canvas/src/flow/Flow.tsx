import {
  Background,
  ControlButton,
  Controls,
  MarkerType,
  MiniMap,
  ReactFlow,
  useNodesInitialized,
  useNodesState,
  useReactFlow,
  type Connection,
  type Edge as FlowEdge,
  type NodeChange,
} from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useEditor } from "../editor";
import { HEIGHT, WIDTH, connect, disconnect, isTrigger, moveTo, portsOf } from "../graph";
import { tidy } from "../layout";
import { DRAGGED } from "../panels/Palette";
import { Icon } from "../ui";
import { summary } from "../words";
import { StepCard, type StepNode } from "./StepCard";
import { StepEdge } from "./StepEdge";

const NODE_TYPES = { step: StepCard };
const EDGE_TYPES = { step: StepEdge };
// Below it the words on the cards are too small.
const READABLE = 0.8;
const FIT = { padding: 0.2, maxZoom: 1, duration: 200 };

export function Flow() {
  const editor = useEditor();
  const { graph, selected, mayChange, select, edit, catalogue, lists, trail, here } = editor;
  const [nodes, setNodes, applyChanges] = useNodesState<StepNode>([]);
  const [chosenEdge, chooseEdge] = useState<string | null>(null);
  const flow = useReactFlow<StepNode>();
  const root = useRef<HTMLDivElement>(null);
  const latest = useRef(graph);
  latest.current = graph;

  // React Flow keeps what it measured; the graph says what there is and where.
  useEffect(() => {
    setNodes((old) => {
      const known = new Map(old.map((node) => [node.id, node]));
      return graph.nodes.map((step) => {
        const type = catalogue.get(step.type);
        return {
          ...known.get(step.key),
          id: step.key,
          type: "step" as const,
          position: step.position,
          data: { key: step.key },
          selected: step.key === selected,
          ariaLabel: [type?.label, summary(step, type, lists)].filter(Boolean).join(": "),
        };
      });
    });
  }, [graph, selected, catalogue, lists, setNodes]);

  const edges = useMemo<FlowEdge[]>(() => {
    const walked = new Set(trail.slice(1).map((key, at) => `${trail[at]}>${key}`));
    return graph.edges.map((edge) => {
      const id = `${edge.from}:${edge.port}`;
      const on = walked.has(`${edge.from}>${edge.to}`);
      return {
        id,
        type: "step",
        source: edge.from,
        sourceHandle: edge.port,
        target: edge.to,
        selected: id === chosenEdge,
        className: on ? "is-visited" : undefined,
        markerEnd: { type: MarkerType.ArrowClosed, color: on ? "var(--a-accent)" : "var(--a-quiet)" },
      };
    });
  }, [graph.edges, trail, chosenEdge]);

  const onNodesChange = useCallback(
    (changes: NodeChange<StepNode>[]) => {
      applyChanges(changes.filter((change) => change.type !== "remove" && change.type !== "select"));
      const places = new Map<string, { x: number; y: number }>();
      for (const change of changes) {
        if (change.type === "position" && change.dragging === false && change.position) places.set(change.id, change.position);
        if (change.type === "select" && change.selected) {
          select(change.id);
          chooseEdge(null);
        }
      }
      const moved = latest.current.nodes.some((step) => {
        const place = places.get(step.key);
        return place && (Math.round(place.x) !== step.position.x || Math.round(place.y) !== step.position.y);
      });
      if (moved) edit(moveTo(latest.current, places), "move");
    },
    [applyChanges, edit, select],
  );

  const onConnect = (made: Connection) =>
    edit(connect(graph, { from: made.source, port: made.sourceHandle ?? "next", to: made.target }));

  const drop = (event: React.DragEvent) => {
    const type = catalogue.get(event.dataTransfer.getData(DRAGGED));
    if (!type) return;
    event.preventDefault();
    const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    editor.add(type, { x: place.x - 120, y: place.y - 30 });
  };

  // A simulation that walks out of sight takes the view along.
  useEffect(() => {
    const step = here ? latest.current.nodes.find((one) => one.key === here) : undefined;
    if (step) void flow.setCenter(step.position.x + 120, step.position.y + 50, { zoom: flow.getZoom(), duration: 250 });
  }, [here, flow]);

  // A step that was just added, or chosen in a list, is brought into the view; one that is in it stays where it is.
  useEffect(() => {
    const step = selected ? latest.current.nodes.find((one) => one.key === selected) : undefined;
    const box = root.current?.getBoundingClientRect();
    if (!step || !box) return;
    const zoom = Math.max(flow.getZoom(), READABLE);
    const from = flow.flowToScreenPosition(step.position);
    const to = flow.flowToScreenPosition({ x: step.position.x + WIDTH, y: step.position.y + HEIGHT + 40 });
    const seen = from.x >= box.left && from.y >= box.top && to.x <= box.right && to.y <= box.bottom;
    if (!seen) void flow.setCenter(step.position.x + WIDTH / 2, step.position.y + HEIGHT / 2, { zoom, duration: 250 });
  }, [selected, flow]);

  // Everything when that can be read; else the beginning at a size that can, and the rest is a scroll away.
  const measured = useNodesInitialized();
  const opened = useRef(false);
  useEffect(() => {
    const box = root.current?.getBoundingClientRect();
    const steps = latest.current.nodes;
    if (!measured || opened.current || !box || !steps.length) return;
    opened.current = true;
    const around = flow.getNodesBounds(steps.map((step) => step.key));
    const whole = Math.min(box.width / (around.width * 1.2), box.height / (around.height * 1.2));
    if (whole >= READABLE) {
      void flow.fitView({ ...FIT, duration: 0 });
      return;
    }
    const first = steps.find((step) => isTrigger(catalogue.get(step.type))) ?? steps[0];
    const fits = around.width * READABLE < box.width - 48;
    const middle = fits ? around.x + around.width / 2 : (first?.position.x ?? 0) + WIDTH / 2;
    const top = fits ? around.y : (first?.position.y ?? 0);
    void flow.setViewport({ x: box.width / 2 - middle * READABLE, y: 24 - top * READABLE, zoom: READABLE });
  }, [measured, flow, catalogue]);

  const problemFree = (edge: FlowEdge | Connection) => edge.source !== edge.target;
  const describe = (edge: FlowEdge) => {
    const source = graph.nodes.find((step) => step.key === edge.source);
    const port = source && portsOf(source, catalogue.get(source.type), lists.experiments).find((p) => p.key === edge.sourceHandle);
    return `${catalogue.get(source?.type ?? "")?.label ?? "Step"}, ${port?.label ?? "next"}`;
  };

  return (
    <div className="flow" ref={root} onDragOver={(e) => e.dataTransfer.types.includes(DRAGGED) && e.preventDefault()} onDrop={drop}>
      <ReactFlow
        nodes={nodes}
        edges={edges.map((edge) => ({ ...edge, ariaLabel: describe(edge) }))}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onConnect={onConnect}
        isValidConnection={problemFree}
        onBeforeDelete={async ({ nodes: gone, edges: cut }) => {
          if (gone.length) editor.remove(gone.map((node) => node.id));
          else if (cut.length) edit(cut.reduce((g, e) => disconnect(g, e.source, e.sourceHandle ?? "next"), graph));
          chooseEdge(null);
          return false;
        }}
        onEdgeClick={(_, edge) => {
          select(null);
          chooseEdge(edge.id);
        }}
        onPaneClick={() => {
          select(null);
          chooseEdge(null);
        }}
        onEdgesChange={(changes) => {
          for (const change of changes) if (change.type === "select" && change.selected) chooseEdge(change.id);
        }}
        nodesDraggable={mayChange}
        nodesConnectable={mayChange}
        deleteKeyCode={mayChange ? ["Delete", "Backspace"] : null}
        multiSelectionKeyCode={null}
        selectionKeyCode={null}
        panOnScroll
        minZoom={0.2}
        maxZoom={1.75}
        snapToGrid
        snapGrid={[8, 8]}
      >
        <Background gap={24} size={1.5} />
        <Controls showInteractive={false} fitViewOptions={FIT} position="bottom-left">
          {mayChange && (
            <ControlButton
              title="Tidy up"
              aria-label="Tidy up"
              onClick={() => {
                edit(tidy(graph));
                setTimeout(() => void flow.fitView(FIT), 50);
              }}
            >
              <Icon name="account_tree" />
            </ControlButton>
          )}
        </Controls>
        {graph.nodes.length > 8 && <MiniMap pannable zoomable position="bottom-right" ariaLabel="Overview of the journey" />}
      </ReactFlow>
      {!graph.nodes.length && (
        <div className="flow-empty">
          <h2>Start with what lets shoppers in</h2>
          <p>Take “Event happens” or “Segment changes” from the left, then add what should follow.</p>
        </div>
      )}
    </div>
  );
}
