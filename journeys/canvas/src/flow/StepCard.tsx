import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { problemsOf, useEditor } from "../editor";
import { isTrigger, portsOf } from "../graph";
import { Icon } from "../ui";
import { plural, summary } from "../words";
import { AddMenu } from "./AddMenu";

export type StepNode = Node<{ key: string }, "step">;

/** A step on the canvas: what it is, what it is set to, what is wrong with it, who is there, and its ways out. */
export function StepCard({ id, selected }: NodeProps<StepNode>) {
  const { graph, catalogue, lists, problems, state, trail, here, mayChange } = useEditor();
  const step = graph.nodes.find((one) => one.key === id);
  if (!step) return null;
  const type = catalogue.get(step.type);
  const ports = portsOf(step, type, lists.experiments);
  const said = summary(step, type, lists);
  const wrong = problemsOf(problems, id);
  const count = state.counts.steps[id];
  const visit = trail.indexOf(id);
  const marks = [selected && "is-selected", wrong.length && "is-wrong", visit >= 0 && "is-visited", here === id && "is-here"];
  return (
    <div className={["step", ...marks].filter(Boolean).join(" ")}>
      {!isTrigger(type) && <Handle type="target" position={Position.Top} isConnectable={mayChange} />}
      <div className="step-head">
        <span className={`chip group-${(type?.group ?? "").toLowerCase().replaceAll(" ", "-")}`}>
          <Icon name={type?.icon ?? "help"} />
        </span>
        <strong>{type?.label ?? step.type}</strong>
        {visit >= 0 && (
          <span className="visit-mark" title={`Step ${visit + 1} of the simulation`}>
            {visit + 1}
          </span>
        )}
        {wrong.length > 0 && (
          <span className="wrong-mark" title={wrong.map((problem) => problem.message).join("\n")}>
            <Icon name="error" />
            <span className="visually-hidden">{plural(wrong.length, "problem")}</span>
          </span>
        )}
      </div>
      <p className="step-said">{said || (type?.fields.some((field) => field.required) && <span className="quiet">Nothing set yet</span>)}</p>
      {count && (count.entered > 0 || count.waiting > 0) && (
        <p className="step-count">
          <span>{count.entered.toLocaleString()} came</span>
          {count.waiting > 0 && <span className="waiting">{count.waiting.toLocaleString()} here</span>}
          {count.share !== null && <span>{Math.round(100 * count.share)} %</span>}
        </p>
      )}
      {ports.length > 0 && (
        <ul className={ports.filter((port) => !port.optional).length === 1 && ports.length > 1 ? "ports solo" : "ports"}>
          {ports.map((port) => {
            const used = graph.edges.some((edge) => edge.from === id && edge.port === port.key);
            return (
              <li key={port.key} className={port.optional ? (used ? "aside" : "aside optional") : undefined}>
                {ports.length > 1 && <span className="port-name" title={port.help}>{port.label}</span>}
                <Handle type="source" id={port.key} position={Position.Bottom} isConnectable={mayChange} />
                {!used && mayChange && <AddMenu from={id} port={port.key} label={`Add a step after ${port.label.toLowerCase()}`} />}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
