import type { Graph } from "./types";

const KEPT = 100;
/** Keystrokes in one field within this time are one step back. */
const ONE_GO = 1500;

export interface History {
  past: Graph[];
  graph: Graph;
  future: Graph[];
  tag: string;
  at: number;
}

export type Move =
  | { do: "load"; graph: Graph }
  | { do: "edit"; graph: Graph; tag?: string; at: number }
  | { do: "undo" }
  | { do: "redo" };

export function begin(graph: Graph): History {
  return { past: [], graph, future: [], tag: "", at: 0 };
}

export function history(state: History, move: Move): History {
  switch (move.do) {
    case "load":
      return begin(move.graph);
    case "edit": {
      if (move.graph === state.graph) return state;
      const tag = move.tag ?? "";
      const same = tag !== "" && tag === state.tag && move.at - state.at < ONE_GO;
      const past = same ? state.past : [...state.past, state.graph].slice(-KEPT);
      return { past, graph: move.graph, future: [], tag, at: move.at };
    }
    case "undo": {
      const graph = state.past.at(-1);
      if (!graph) return state;
      return { past: state.past.slice(0, -1), graph, future: [state.graph, ...state.future], tag: "", at: 0 };
    }
    case "redo": {
      const [graph, ...future] = state.future;
      if (!graph) return state;
      return { past: [...state.past, state.graph], graph, future, tag: "", at: 0 };
    }
  }
}
