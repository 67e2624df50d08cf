import { useState } from "react";
import { call } from "../api";
import { changes } from "../diff";
import { useEditor } from "../editor";
import type { Graph } from "../types";
import { Panel, moment } from "../ui";
import { plural } from "../words";

/** What was published when and by whom; each can be compared with the draft and taken back into it. */
export function Versions({ onClose }: { onClose: () => void }) {
  const { state, graph, edit, mayChange, catalogue, lists, announce } = useEditor();
  const [open, setOpen] = useState<{ number: number; graph: Graph } | null>(null);
  const [error, setError] = useState("");
  const look = async (number: number) => {
    setError("");
    if (open?.number === number) return setOpen(null);
    try {
      const found = await call<{ graph: Graph }>("GET", `versions/${number}`);
      setOpen({ number, graph: found.graph });
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  const between = open ? changes(open.graph, graph, catalogue, lists) : [];
  return (
    <Panel title="Versions" onClose={onClose}>
      {error && <p className="notice bad">{error}</p>}
      {!state.versions.length && <p className="nothing">Nothing has been published yet.</p>}
      <ol className="versions">
        {state.versions.map((version) => (
          <li key={version.number}>
            <div className="btn-row">
              <strong>Version {version.number}</strong>
              {version.current && <span className="pill good">Newcomers enter it</span>}
            </div>
            <p className="quiet">
              {moment(version.published_at, state.journey.time_zone)}
              {version.published_by && `, ${version.published_by}`}
              {version.active > 0 && ` · ${plural(version.active, "shopper")} in it`}
            </p>
            <button type="button" className="small-btn" aria-expanded={open?.number === version.number} onClick={() => void look(version.number)}>
              Compare with the draft
            </button>
            {open?.number === version.number && (
              <div className="compare">
                {between.length ? (
                  <ul>
                    {between.map((change) => (
                      <li key={change.kind + change.text}>
                        <b>{change.kind}</b> {change.text}
                      </li>
                    ))}
                  </ul>
                ) : (
                  <p className="quiet">The draft does the same.</p>
                )}
                {mayChange && between.length > 0 && (
                  <button
                    type="button"
                    className="small-btn"
                    onClick={() => {
                      edit(open.graph);
                      announce("The draft is this version again. Undo takes that back.");
                    }}
                  >
                    Take it back into the draft
                  </button>
                )}
              </div>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
