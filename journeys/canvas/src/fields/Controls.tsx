// One control per kind of field; each gets its value and hands back the next.
import { useId, useState } from "react";
import type { Field, Json, Lists, Named } from "../types";
import { inUnit, unitOptions } from "../words";

export interface ControlProps {
  id: string;
  field: Field;
  value: Json;
  set: (value: Json) => void;
  lists: Lists;
  disabled: boolean;
  describedBy?: string;
  invalid: boolean;
}

const shared = ({ id, disabled, describedBy, invalid }: ControlProps) => ({
  id,
  disabled,
  "aria-describedby": describedBy,
  "aria-invalid": invalid || undefined,
});

export function Text(props: ControlProps) {
  return <input type="text" {...shared(props)} value={String(props.value ?? "")} onChange={(e) => props.set(e.target.value)} />;
}

export function Time(props: ControlProps) {
  return <input type="time" {...shared(props)} value={String(props.value ?? "")} onChange={(e) => props.set(e.target.value)} />;
}

export function Area(props: ControlProps) {
  return <textarea rows={4} {...shared(props)} value={String(props.value ?? "")} onChange={(e) => props.set(e.target.value)} />;
}

export function NumberBox(props: ControlProps) {
  return (
    <input
      type="number"
      {...shared(props)}
      min={props.field.min}
      max={props.field.max}
      value={props.value === null ? "" : String(props.value)}
      onChange={(e) => props.set(e.target.value === "" ? null : Number(e.target.value))}
    />
  );
}

interface Typed {
  seconds: number;
  amount: string;
  unit: number;
}

function typedAs(seconds: number): Typed {
  const [amount, unit] = inUnit(seconds);
  return { seconds, amount: String(amount), unit };
}

/** Unit and digits stay as they were typed: 75 days don't become a week on the way. */
export function Duration(props: ControlProps) {
  const seconds = Number(props.value ?? 0);
  const [typed, setTyped] = useState(() => typedAs(seconds));
  // Another value than the one typed came from elsewhere: another step, an undo.
  const shown = typed.seconds === seconds ? typed : typedAs(seconds);
  const write = (amount: string, unit: number) => {
    const next = Math.max(0, Math.round(Number(amount))) * unit;
    setTyped({ seconds: next, amount, unit });
    props.set(next);
  };
  return (
    <div className="pair">
      <input
        type="number"
        min={0}
        step={1}
        {...shared(props)}
        value={shown.amount}
        onChange={(e) => write(e.target.value, shown.unit)}
      />
      <select
        aria-label={`Unit of ${props.field.label.toLowerCase()}`}
        disabled={props.disabled}
        value={String(shown.unit)}
        onChange={(e) => write(shown.amount, Number(e.target.value))}
      >
        {unitOptions.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Select(props: ControlProps) {
  return <Choice {...props} list={(props.field.options ?? []).map((o) => ({ key: o.value, name: o.label }))} />;
}

export function Check(props: ControlProps) {
  return (
    <input type="checkbox" {...shared(props)} checked={props.value === true} onChange={(e) => props.set(e.target.checked)} />
  );
}

/** A select over named rows. A value that no longer exists stays visible, so that the problem below it makes sense. */
export function Choice(props: ControlProps & { list: Named[]; empty?: string }) {
  const { list, value, field } = props;
  const gone = value && !list.some((one) => one.key === value);
  if (!list.length && !value) return <p className="help">{props.empty ?? "There is none yet to choose from."}</p>;
  return (
    <select {...shared(props)} value={String(value ?? "")} onChange={(e) => props.set(e.target.value)}>
      {(!field.required || !value) && <option value="">{field.required ? "Choose…" : "–"}</option>}
      {gone && <option value={String(value)}>{String(value)} (gone)</option>}
      {list.map((one) => (
        <option key={one.key} value={one.key}>
          {one.hint ? `${one.name} (${one.hint})` : one.name}
        </option>
      ))}
    </select>
  );
}

export function Template(props: ControlProps) {
  const chosen = props.lists.templates.find((one) => one.key === props.value);
  return (
    <>
      <Choice {...props} list={props.lists.templates} empty="There is no template yet: make one under Journeys, Templates." />
      {chosen?.url && (
        <a className="under" href={chosen.url} target="_blank" rel="noreferrer">
          Open this template <span className="visually-hidden">in a new tab</span>
        </a>
      )}
    </>
  );
}

export function EventName(props: ControlProps) {
  const list = useId();
  return (
    <>
      <input
        type="text"
        list={list}
        {...shared(props)}
        placeholder="Order Completed"
        value={String(props.value ?? "")}
        onChange={(e) => props.set(e.target.value)}
      />
      <datalist id={list}>
        {props.lists.events.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
