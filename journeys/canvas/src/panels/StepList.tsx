import { problemsOf, useEditor } from "../editor";
import { inOrder } from "../graph";
import { Icon } from "../ui";
import { plural, summary } from "../words";

/** The journey as a list: what a telephone shows, and what reads best aloud. */
export function StepList() {
  const { graph, catalogue, lists, problems, selected, select, state, trail, here } = useEditor();
  const lines = inOrder(graph, catalogue, lists);
  if (!lines.length) {
    return <p className="nothing">No step yet. Add what lets shoppers in, then what should follow.</p>;
  }
  return (
    <ol className="step-list" aria-label="Steps in order">
      {lines.map(({ step, depth, via }) => {
        const type = catalogue.get(step.type);
        const wrong = problemsOf(problems, step.key);
        const count = state.counts.steps[step.key];
        const marks = [wrong.length && "is-wrong", trail.includes(step.key) && "is-visited", here === step.key && "is-here"];
        return (
          <li key={step.key} className={`depth-${Math.min(depth, 4)}`}>
            {via && <span className="via">{via}</span>}
            <button
              type="button"
              className={["line", step.key === selected && "is-selected", ...marks].filter(Boolean).join(" ")}
              aria-current={step.key === selected || undefined}
              onClick={() => select(step.key)}
            >
              <span className={`chip group-${(type?.group ?? "").toLowerCase().replaceAll(" ", "-")}`}>
                <Icon name={type?.icon ?? "help"} />
              </span>
              <span className="line-text">
                <strong>{type?.label ?? step.type}</strong>
                <span>{summary(step, type, lists)}</span>
                {wrong.length > 0 && <span className="bad">{wrong.map((problem) => problem.message).join(" ")}</span>}
              </span>
              {count && count.entered > 0 && <span className="num">{count.entered.toLocaleString()}</span>}
              {wrong.length > 0 && <span className="visually-hidden">{plural(wrong.length, "problem")}</span>}
            </button>
          </li>
        );
      })}
    </ol>
  );
}
