import { useEffect, useRef, useState } from "react";
import { changes } from "../diff";
import { useEditor } from "../editor";
import { Tool } from "../ui";
import { plural } from "../words";

export type Side = "settings" | "try" | "versions";

interface Props {
  view: "graph" | "list";
  setView: (view: "graph" | "list") => void;
  side: Side;
  setSide: (side: Side) => void;
  publish: () => void;
  toggle: () => void;
}

const SAVED = {
  saved: ["cloud_done", "Saved"],
  changed: ["cloud_upload", "Not saved yet"],
  saving: ["cloud_upload", "Saving…"],
  failed: ["cloud_off", "Not saved"],
  conflict: ["sync_problem", "Changed by somebody else"],
} as const;

export function Toolbar({ view, setView, side, setSide, publish, toggle }: Props) {
  const { state, graph, catalogue, lists, mayChange, canUndo, canRedo, undo, redo, saver } = useEditor();
  const [icon, said] = SAVED[saver.state];
  const behind = state.published !== null && changes(state.published, graph, catalogue, lists).length > 0;
  const { status, status_label: label } = state.journey;
  return (
    <div className="toolbar" role="toolbar" aria-label="Journey">
      <div className="tools segmented" role="group" aria-label="View">
        <Tool icon="account_tree" label="Graph" pressed={view === "graph"} onClick={() => setView("graph")} />
        <Tool icon="list" label="List" pressed={view === "list"} onClick={() => setView("list")} />
      </div>
      <span className={`pill ${{ live: "good", paused: "warn" }[status] ?? ""}`}>{label}</span>
      {behind && <span className="pill accent">Draft has changes</span>}
      {mayChange ? (
        <>
          <div className="tools">
            <Tool icon="undo" label="Undo" disabled={!canUndo} onClick={undo} />
            <Tool icon="redo" label="Redo" disabled={!canRedo} onClick={redo} />
          </div>
          <span className={`saved is-${saver.state}`} title={saver.message || undefined} role="status">
            <span className="material-symbols-outlined" aria-hidden="true">
              {icon}
            </span>
            <span className="tool-text">{said}</span>
          </span>
        </>
      ) : (
        <span className="quiet tool-text">You may look at this journey, not change it.</span>
      )}
      <Problems />
      <span className="spacer" />
      <Tool text icon="play_circle" label="Try it" pressed={side === "try"} onClick={() => setSide(side === "try" ? "settings" : "try")} />
      <Tool text icon="history" label="Versions" pressed={side === "versions"} onClick={() => setSide(side === "versions" ? "settings" : "versions")} />
      {mayChange && (status === "live" || status === "paused") && (
        <Tool text icon={status === "live" ? "pause" : "play_arrow"} label={status === "live" ? "Pause" : "Resume"} onClick={toggle} />
      )}
      {mayChange && (
        <button type="button" className="btn btn-primary" onClick={publish}>
          Publish
        </button>
      )}
    </div>
  );
}

/** How many problems there are; opened, each with its sentence, leading to its step. */
function Problems() {
  const { problems, select, graph, catalogue, saver } = useEditor();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const blocked = saver.state === "conflict";
  // What it lists is of the draft that somebody else has changed; and it would cover the question about it.
  useEffect(() => {
    if (blocked) setOpen(false);
  }, [blocked]);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away, true);
    return () => removeEventListener("pointerdown", away, true);
  }, [open]);
  if (!problems.length) {
    return graph.nodes.length ? <span className="pill good">Ready</span> : null;
  }
  const nameOf = (key: string | null) => {
    const step = graph.nodes.find((one) => one.key === key);
    return step ? (catalogue.get(step.type)?.label ?? step.type) : "This journey";
  };
  return (
    <div className="problems" ref={root} onKeyDown={(e) => e.key === "Escape" && setOpen(false)}>
      <button type="button" className="pill bad" aria-expanded={open} onClick={() => setOpen(!open)}>
        {plural(problems.length, "problem")}
      </button>
      {open && (
        <ul className="popover">
          {problems.map((problem, n) => (
            <li key={n}>
              <button
                type="button"
                onClick={() => {
                  select(problem.node);
                  setOpen(false);
                }}
              >
                <strong>{nameOf(problem.node)}</strong> {problem.message}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
