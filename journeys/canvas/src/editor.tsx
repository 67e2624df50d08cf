// What every part of the canvas shares: the graph with its history, what is selected, and the verbs that change them.
import { createContext, useCallback, useContext, useMemo, useReducer, useState, type ReactNode } from "react";
import * as graphs from "./graph";
import { begin, history } from "./history";
import { useSaver, type Saver } from "./saving";
import type { CanvasState, Config, Graph, Lists, Problem, Step, StepType } from "./types";

export interface Editor {
  state: CanvasState;
  graph: Graph;
  catalogue: graphs.Catalogue;
  lists: Lists;
  problems: Problem[];
  mayChange: boolean;
  selected: string | null;
  step: Step | undefined;
  canUndo: boolean;
  canRedo: boolean;
  saver: Saver;
  /** The steps that a simulation went through, in its order. */
  trail: string[];
  here: string | null;
  showTrail: (trail: string[], here: string | null) => void;
  select: (key: string | null) => void;
  edit: (graph: Graph, tag?: string) => void;
  configure: (key: string, part: Config) => void;
  add: (type: StepType, place?: { x: number; y: number }) => void;
  addAfter: (type: StepType, from: string, port: string) => void;
  remove: (keys: string[]) => void;
  undo: () => void;
  redo: () => void;
  announce: (text: string) => void;
}

const Context = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(Context);
  if (!editor) throw new Error("outside of the editor");
  return editor;
}

export function EditorProvider({ state, children }: { state: CanvasState; children: ReactNode }) {
  const [past, move] = useReducer(history, state.graph, begin);
  const [selected, select] = useState<string | null>(null);
  const [trailOf, setTrail] = useState<{ trail: string[]; here: string | null }>({ trail: [], here: null });
  const [said, announce] = useState("");
  const mayChange = state.journey.may_change;
  const graph = past.graph;
  const saver = useSaver(graph, state, mayChange);
  const catalogue = useMemo(() => new Map(state.catalogue.map((type) => [type.type, type])), [state.catalogue]);
  const lists = state.lists;

  const edit = useCallback(
    (next: Graph, tag?: string) => {
      if (!mayChange) return;
      move({ do: "edit", graph: graphs.prune(next, catalogue, lists), tag, at: Date.now() });
    },
    [mayChange, catalogue, lists],
  );

  const editor = useMemo<Editor>(() => {
    const grown = ([next, key]: [Graph, string], type: StepType) => {
      edit(next);
      select(key);
      announce(`${type.label} added.`);
    };
    const chosen = graph.nodes.find((step) => step.key === selected);
    return {
      state,
      graph,
      catalogue,
      lists,
      problems: saver.problems,
      mayChange,
      selected: chosen ? selected : null,
      step: chosen,
      canUndo: past.past.length > 0,
      canRedo: past.future.length > 0,
      saver,
      ...trailOf,
      showTrail: (trail, here) => setTrail({ trail, here }),
      select,
      edit,
      configure: (key, part) => edit(graphs.configure(graph, key, part), `${key}.${Object.keys(part)[0]}`),
      add: (type, place) => {
        const ports = chosen ? graphs.portsOf(chosen, catalogue.get(chosen.type), lists.experiments) : [];
        const free = ports.find((port) => !graph.edges.some((e) => e.from === selected && e.port === port.key));
        if (!place && chosen && free && !graphs.isTrigger(type)) {
          grown(graphs.addAfter(graph, type, chosen.key, free.key), type);
        } else {
          const below = Math.max(-180, ...graph.nodes.map((step) => step.position.y)) + 180;
          grown(graphs.addAt(graph, type, place ?? { x: graph.nodes[0]?.position.x ?? 0, y: below }), type);
        }
      },
      addAfter: (type, from, port) => grown(graphs.addAfter(graph, type, from, port), type),
      remove: (keys) => {
        edit(graphs.remove(graph, keys));
        if (selected && keys.includes(selected)) select(null);
        announce(keys.length === 1 ? "Step removed. Undo brings it back." : "Steps removed. Undo brings them back.");
      },
      undo: () => move({ do: "undo" }),
      redo: () => move({ do: "redo" }),
      announce,
    };
  }, [state, graph, past, selected, catalogue, lists, saver, mayChange, trailOf, edit]);

  return (
    <Context.Provider value={editor}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        {said}
      </div>
    </Context.Provider>
  );
}

export function problemsOf(problems: Problem[], key: string): Problem[] {
  return problems.filter((problem) => problem.node === key);
}
