import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useEffect, useState } from "react";
import { call } from "./api";
import { EditorProvider, useEditor } from "./editor";
import { Flow } from "./flow/Flow";
import { tidy } from "./layout";
import { Palette } from "./panels/Palette";
import { Publish } from "./panels/Publish";
import { Simulator } from "./panels/Simulator";
import { StepList } from "./panels/StepList";
import { StepPanel } from "./panels/StepPanel";
import { Toolbar, type Side } from "./panels/Toolbar";
import { Versions } from "./panels/Versions";
import type { CanvasState, Counts, Graph } from "./types";
import { Icon } from "./ui";

const POLL = 5000;
const narrow = matchMedia("(max-width: 820px)");

export function App() {
  const [state, setState] = useState<CanvasState | null>(null);
  const [error, setError] = useState("");
  // A new number makes the editor anew, from what the server has.
  const [round, setRound] = useState(0);

  const load = useCallback(async () => {
    try {
      const found = await call<CanvasState>("GET", "state");
      setState({ ...found, graph: placed(found.graph) });
      setError("");
    } catch (failure) {
      setError((failure as Error).message);
    }
  }, []);
  useEffect(() => void load(), [load]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return;
      call<Counts>("GET", "counts")
        .then((counts) => setState((now) => now && { ...now, counts }))
        .catch(() => undefined);
    }, POLL);
    return () => clearInterval(timer);
  }, []);

  if (error && !state) {
    return (
      <div className="nothing">
        <strong>The journey could not be opened</strong>
        <p>{error}</p>
        <button type="button" className="btn" onClick={() => void load()}>
          Try again
        </button>
      </div>
    );
  }
  if (!state) return <p className="nothing">Opening the journey…</p>;
  const reload = async () => {
    await load();
    setRound((now) => now + 1);
  };
  return (
    <ReactFlowProvider key={round}>
      <EditorProvider state={state}>
        <Room refresh={load} reload={reload} />
      </EditorProvider>
    </ReactFlowProvider>
  );
}

/** A graph that comes without places, or with all its steps in one, is laid out. */
function placed(graph: Graph): Graph {
  const places = new Set(graph.nodes.map(({ position }) => `${position.x},${position.y}`));
  const complete = graph.nodes.every(({ position }) => Number.isFinite(position.x) && Number.isFinite(position.y));
  return complete && places.size === graph.nodes.length ? graph : tidy(graph);
}

function Room({ refresh, reload }: { refresh: () => Promise<void>; reload: () => Promise<void> }) {
  const { state, saver, selected, undo, redo, mayChange } = useEditor();
  const [view, setView] = useState<"graph" | "list">(narrow.matches ? "list" : "graph");
  const [side, setSide] = useState<Side>("settings");
  const [publishing, setPublishing] = useState(false);
  const [adding, setAdding] = useState(false);
  const [error, setError] = useState("");

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, select, dialog");
      if (typing || !(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key === "z" || key === "y") {
        event.preventDefault();
        if (key === "y" || event.shiftKey) redo();
        else undo();
      }
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, [undo, redo]);

  // A step that is chosen shows its settings, except beside a simulation, which chooses steps itself.
  useEffect(() => {
    if (selected) setSide("settings");
  }, [selected]);

  const toggle = async () => {
    try {
      await call("POST", state.journey.status === "live" ? "pause" : "resume");
      await refresh();
      setError("");
    } catch (failure) {
      setError((failure as Error).message);
    }
  };

  const sheet = side !== "settings" || selected !== null;
  return (
    <div className={`room view-${view} ${sheet ? "has-sheet" : ""}`}>
      <Toolbar view={view} setView={setView} side={side} setSide={setSide} publish={() => setPublishing(true)} toggle={() => void toggle()} />
      {(saver.state === "failed" || error) && (
        <p className="notice bad" role="alert">
          {error || saver.message}
        </p>
      )}
      {saver.state === "conflict" && (
        <div className="notice" role="alert">
          {saver.message}
          <div className="btn-row">
            <button type="button" className="small-btn" onClick={() => void reload()}>
              Show theirs
            </button>
            <button type="button" className="small-btn" onClick={saver.overwrite}>
              Keep mine
            </button>
          </div>
        </div>
      )}
      <div className="bench">
        {mayChange && <Palette />}
        <main className="stage" aria-label="Journey">
          {view === "graph" ? (
            <Flow />
          ) : (
            <>
              <StepList />
              {mayChange && (
                <div className="list-add">
                  <button type="button" className="btn" aria-expanded={adding} onClick={() => setAdding(!adding)}>
                    <Icon name="add" /> Add a step
                  </button>
                  {adding && <Palette onPlaced={() => setAdding(false)} />}
                </div>
              )}
            </>
          )}
        </main>
        <aside className="side" aria-label="Settings">
          {side === "settings" && <StepPanel />}
          {side === "try" && <Simulator onClose={() => setSide("settings")} />}
          {side === "versions" && <Versions onClose={() => setSide("settings")} />}
        </aside>
      </div>
      {publishing && <Publish onClose={() => setPublishing(false)} onDone={refresh} />}
    </div>
  );
}
