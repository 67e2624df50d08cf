import type { ReactElement } from "react";
import type { Field, Json, Lists, Problem } from "../types";
import { Icon } from "../ui";
import { Condition } from "./Condition";
import * as controls from "./Controls";
import { EventNames } from "./EventNames";
import { Weights } from "./Weights";

const KINDS: { [kind: string]: (props: controls.ControlProps) => ReactElement } = {
  text: controls.Text,
  textarea: controls.Area,
  time: controls.Time,
  number: controls.NumberBox,
  duration: controls.Duration,
  select: controls.Select,
  boolean: controls.Check,
  event: controls.EventName,
  events: EventNames,
  segment: (props) => <controls.Choice {...props} list={props.lists.segments} empty="There is no segment yet: make one under Shoppers, Segments." />,
  template: controls.Template,
  experiment: (props) => <controls.Choice {...props} list={props.lists.experiments} empty="There is no experiment on journeys yet: make one under Experiments." />,
  weights: Weights,
  condition: Condition,
};

interface Props {
  scope: string;
  field: Field;
  value: Json;
  set: (value: Json) => void;
  lists: Lists;
  disabled: boolean;
  problems: Problem[];
}

/** A field with its label, its help, and what is wrong with it. */
export function FieldRow({ scope, field, value, set, lists, disabled, problems }: Props) {
  const id = `field-${scope}-${field.name}`;
  const wrong = problems.filter((problem) => problem.field === field.name);
  const described = [field.help && `${id}-help`, wrong.length > 0 && `${id}-wrong`].filter(Boolean).join(" ");
  const Control = KINDS[field.kind] ?? controls.Text;
  const group = field.kind === "weights" || field.kind === "condition";
  return (
    <div className={`field kind-${field.kind}`} role={group ? "group" : undefined} aria-labelledby={group ? `${id}-label` : undefined}>
      {group ? <span className="label" id={`${id}-label`}>{field.label}</span> : <label htmlFor={id}>{field.label}</label>}
      <Control
        id={id}
        field={field}
        value={value}
        set={set}
        lists={lists}
        disabled={disabled}
        describedBy={described || undefined}
        invalid={wrong.length > 0}
      />
      {field.help && (
        <p className="help" id={`${id}-help`}>
          {field.help}
        </p>
      )}
      {wrong.length > 0 && (
        <p className="wrong" id={`${id}-wrong`}>
          <Icon name="error" /> {wrong.map((problem) => problem.message).join(" ")}
        </p>
      )}
    </div>
  );
}
