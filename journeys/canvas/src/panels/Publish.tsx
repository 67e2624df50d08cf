import { useState } from "react";
import { call } from "../api";
import { changes } from "../diff";
import { useEditor } from "../editor";
import { isTrigger } from "../graph";
import { Icon } from "../ui";
import { plural, summary } from "../words";
import { Dialog } from "./Dialog";

const MARK = { added: "add", removed: "remove", changed: "edit" } as const;

/** What publishing would change, and for whom, before it happens. */
export function Publish({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const { state, graph, catalogue, lists, problems, saver, announce } = useEditor();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const found = changes(state.published, graph, catalogue, lists);
  const current = state.versions.find((version) => version.current);
  const nameOf = (key: string | null) => {
    const step = graph.nodes.find((one) => one.key === key);
    return step ? (catalogue.get(step.type)?.label ?? step.type) : "This journey";
  };
  const publish = async () => {
    setBusy(true);
    try {
      // What is wrong is known once the last change is saved; the server refuses too, and the list above shows it all.
      const revision = await saver.flush();
      await call("POST", "publish", { revision });
      await onDone();
      announce("Published.");
      onClose();
    } catch (failure) {
      setError((failure as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={current ? `Publish version ${current.number + 1}` : "Publish this journey"}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="btn" onClick={onClose}>
            Not yet
          </button>
          <button type="button" className="btn btn-primary" disabled={busy || problems.length > 0} onClick={() => void publish()}>
            {busy ? "Publishing…" : "Publish"}
          </button>
        </>
      }
    >
      {problems.length > 0 && (
        <div className="notice bad" role="alert">
          <p>{plural(problems.length, "problem")} must be solved first:</p>
          <ul className="refusals">
            {problems.map((problem, n) => (
              <li key={n}>
                <strong>{nameOf(problem.node)}</strong> {problem.message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {!current && (
        <>
          <p>From then on shoppers enter by themselves, by:</p>
          <ul className="changes">
            {graph.nodes
              .filter((step) => isTrigger(catalogue.get(step.type)))
              .map((step) => (
                <li key={step.key}>
                  <Icon name={catalogue.get(step.type)?.icon ?? "bolt"} />
                  <span>
                    {catalogue.get(step.type)?.label}: {summary(step, catalogue.get(step.type), lists)}
                  </span>
                </li>
              ))}
          </ul>
          <p className="quiet">What happened before counts for nobody. A pause stops it at any time.</p>
        </>
      )}
      {current && (
        <>
          {found.length > 0 ? (
            <ul className="changes">
              {found.map((change) => (
                <li key={change.kind + change.text} className={change.kind}>
                  <Icon name={MARK[change.kind]} />
                  <span>
                    <span className="visually-hidden">{change.kind}: </span>
                    {change.text}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <p>Nothing that shoppers would notice has changed since version {current.number}.</p>
          )}
          <p className="quiet">
            {state.counts.active > 0
              ? `${plural(state.counts.active, "shopper")} now in the journey finish on the version they entered. `
              : ""}
            Newcomers enter the new version.
          </p>
        </>
      )}
      {error && (
        <p className="notice bad" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
