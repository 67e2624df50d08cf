import { useId, useState } from "react";
import type { ControlProps } from "./Controls";

/** Several event names as chips; Enter adds, the cross removes. */
export function EventNames(props: ControlProps) {
  const list = useId();
  const [text, setText] = useState("");
  const names = Array.isArray(props.value) ? (props.value as string[]) : [];
  const add = () => {
    const name = text.trim();
    if (name && !names.includes(name)) props.set([...names, name]);
    setText("");
  };
  return (
    <div className="chips-box">
      {names.map((name) => (
        <span className="picked" key={name}>
          {name}
          {!props.disabled && (
            <button type="button" aria-label={`Remove ${name}`} onClick={() => props.set(names.filter((n) => n !== name))}>
              ×
            </button>
          )}
        </span>
      ))}
      {!props.disabled && (
        <input
          id={props.id}
          type="text"
          list={list}
          aria-describedby={props.describedBy}
          placeholder={names.length ? "Another event" : "Order Completed"}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            // A pick from the list comes as one input without a key.
            if (!(e.nativeEvent as InputEvent).inputType && props.lists.events.includes(e.target.value)) {
              props.set([...new Set([...names, e.target.value])]);
              setText("");
            }
          }}
          onBlur={add}
          onKeyDown={(e) => {
            if (e.key === "Enter") {
              e.preventDefault();
              add();
            }
          }}
        />
      )}
      <datalist id={list}>
        {props.lists.events.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
