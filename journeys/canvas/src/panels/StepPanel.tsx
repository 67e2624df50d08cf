import { problemsOf, useEditor } from "../editor";
import { FieldRow } from "../fields/FieldRow";
import { connect, disconnect, isTrigger, portsOf } from "../graph";
import { Icon, Panel, Tool } from "../ui";
import { shows, summary } from "../words";
import { JourneyPanel } from "./JourneyPanel";

/** Settings of the selected step, or of the whole journey while none is selected. */
export function StepPanel() {
  const editor = useEditor();
  const { step, catalogue, lists, mayChange, select } = editor;
  if (!step) return <JourneyPanel />;
  const type = catalogue.get(step.type);
  const problems = problemsOf(editor.problems, step.key);
  const named = new Set(type?.fields.filter((field) => shows(field, step.config)).map((field) => field.name));
  return (
    <Panel
      title={type?.label ?? step.type}
      onClose={() => select(null)}
      footer={
        mayChange && (
          <Tool text icon="delete" label="Remove step" className="danger" onClick={() => editor.remove([step.key])} />
        )
      }
    >
      {type?.help && <p className="quiet intro">{type.help}</p>}
      {problems
        .filter((problem) => !problem.field || !named.has(problem.field))
        .map((problem) => (
          <p className="wrong" key={problem.message}>
            <Icon name="error" /> {problem.message}
          </p>
        ))}
      {type?.fields
        .filter((field) => shows(field, step.config))
        .map((field) => (
          <FieldRow
            key={`${step.key}.${field.name}`}
            scope={step.key}
            field={field}
            value={step.config[field.name] ?? null}
            set={(value) => {
              // The variants are kept with the step, so that a change of the experiment is noticed and not followed.
              const found = field.kind === "experiment" && lists.experiments.find((one) => one.key === value);
              const variants = found ? (found.variants ?? []).map((variant) => variant.key) : [];
              editor.configure(step.key, field.kind === "experiment" ? { [field.name]: value, variants } : { [field.name]: value });
            }}
            lists={lists}
            disabled={!mayChange}
            problems={problems}
          />
        ))}
      <Ways />
      <StepFigures />
    </Panel>
  );
}

/** Where each way out leads: the way to connect steps without a pointer. */
function Ways() {
  const { graph, step, catalogue, lists, mayChange, edit, addAfter, state } = useEditor();
  if (!step) return null;
  const ports = portsOf(step, catalogue.get(step.type), lists.experiments);
  if (!ports.length) return null;
  const others = graph.nodes.filter((other) => other.key !== step.key && !isTrigger(catalogue.get(other.type)));
  const choose = (port: string, value: string) => {
    const type = value.startsWith("new:") ? catalogue.get(value.slice(4)) : undefined;
    if (type) addAfter(type, step.key, port);
    else if (value) edit(connect(graph, { from: step.key, port, to: value }));
    else edit(disconnect(graph, step.key, port));
  };
  return (
    <fieldset className="ways">
      <legend>What comes next</legend>
      {ports.map((port) => {
        const edge = graph.edges.find((one) => one.from === step.key && one.port === port.key);
        return (
          <label key={port.key}>
            <span>
              {ports.length > 1 ? port.label : "Then"}
            </span>
            <select value={edge?.to ?? ""} disabled={!mayChange} onChange={(e) => choose(port.key, e.target.value)}>
              <option value="">Nothing yet</option>
              <optgroup label="A step of this journey">
                {others.map((other) => {
                  const type = catalogue.get(other.type);
                  const said = summary(other, type, lists);
                  return (
                    <option key={other.key} value={other.key}>
                      {said ? `${type?.label}: ${said}` : type?.label}
                    </option>
                  );
                })}
              </optgroup>
              <optgroup label="A new step">
                {state.catalogue
                  .filter((type) => !isTrigger(type))
                  .map((type) => (
                    <option key={type.type} value={`new:${type.type}`}>
                      {type.label}
                    </option>
                  ))}
              </optgroup>
            </select>
            {port.help && <small className="help">{port.help}</small>}
          </label>
        );
      })}
    </fieldset>
  );
}

function StepFigures() {
  const { step, state } = useEditor();
  const count = step && state.counts.steps[step.key];
  if (!count) return null;
  return (
    <dl className="figures">
      <dt>Came here</dt>
      <dd>{count.entered.toLocaleString()}</dd>
      <dt>Are here now</dt>
      <dd>{count.waiting.toLocaleString()}</dd>
      {count.share !== null && (
        <>
          <dt>Of all who entered</dt>
          <dd>{(100 * count.share).toFixed(count.share < 0.1 ? 1 : 0)} %</dd>
        </>
      )}
    </dl>
  );
}
