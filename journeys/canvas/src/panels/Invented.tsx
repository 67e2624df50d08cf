import { useId } from "react";
import type { Lists } from "../types";
import { Tool } from "../ui";
import { inUnit, unitOptions } from "../words";

export interface InventedEvent {
  id: number;
  kind: "event" | "entered" | "left";
  /** Of the event, or the key of the segment. */
  name: string;
  /** Seconds after the start. */
  after: number;
  properties: { [name: string]: string };
}

let made = 0;

export function newEvent(name: string, after = 0, kind: InventedEvent["kind"] = "event"): InventedEvent {
  made += 1;
  return { id: made, kind, name, after, properties: {} };
}

/** A list of events that the simulated shopper does, each some time after the start. */
export function Invented({ events, set, lists }: { events: InventedEvent[]; set: (events: InventedEvent[]) => void; lists: Lists }) {
  const list = useId();
  const change = (id: number, part: Partial<InventedEvent>) =>
    set(events.map((event) => (event.id === id ? { ...event, ...part } : event)));
  const last = events.at(-1);
  return (
    <div className="invented">
      <datalist id={list}>
        {lists.events.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <ul>
        {events.map((event, n) => {
          const [amount, unit] = inUnit(event.after);
          return (
            <li key={event.id}>
              {lists.segments.length > 0 && (
                <select
                  aria-label={`Kind of event ${n + 1}`}
                  value={event.kind}
                  onChange={(e) => change(event.id, { kind: e.target.value as InventedEvent["kind"], name: "" })}
                >
                  <option value="event">Does something</option>
                  <option value="entered">Enters a segment</option>
                  <option value="left">Leaves a segment</option>
                </select>
              )}
              <div className="row">
                {event.kind === "event" ? (
                  <input
                    type="text"
                    list={list}
                    aria-label={`Event ${n + 1}`}
                    placeholder="Product Added"
                    value={event.name}
                    onChange={(e) => change(event.id, { name: e.target.value })}
                  />
                ) : (
                  <select aria-label={`Segment of event ${n + 1}`} value={event.name} onChange={(e) => change(event.id, { name: e.target.value })}>
                    <option value="">Choose…</option>
                    {lists.segments.map((segment) => (
                      <option key={segment.key} value={segment.key}>
                        {segment.name}
                      </option>
                    ))}
                  </select>
                )}
                <Tool icon="close" label={`Remove event ${n + 1}`} onClick={() => set(events.filter((e) => e.id !== event.id))} />
              </div>
              <div className="row">
                <span className="quiet">after</span>
                <input
                  type="number"
                  min={0}
                  aria-label={`Event ${n + 1} happens after`}
                  value={amount}
                  onChange={(e) => change(event.id, { after: Math.max(0, Number(e.target.value)) * unit })}
                />
                <select aria-label="Unit" value={String(unit)} onChange={(e) => change(event.id, { after: amount * Number(e.target.value) })}>
                  {unitOptions.map((option) => (
                    <option key={option.value} value={option.value}>
                      {option.label}
                    </option>
                  ))}
                </select>
              </div>
              {event.kind === "event" && <Properties of={event.properties} set={(properties) => change(event.id, { properties })} number={n + 1} />}
            </li>
          );
        })}
      </ul>
      <button type="button" className="small-btn" onClick={() => set([...events, newEvent("", (last?.after ?? 0) + 3600)])}>
        Add an event
      </button>
    </div>
  );
}

function Properties({ of, set, number }: { of: { [name: string]: string }; set: (of: { [name: string]: string }) => void; number: number }) {
  const pairs = Object.entries(of);
  const put = (at: number, name: string, value: string) => set(Object.fromEntries(pairs.map((p, n) => (n === at ? [name, value] : p))));
  return (
    <details>
      <summary>{pairs.length ? `Properties (${pairs.length})` : "Properties"}</summary>
      {pairs.map(([name, value], at) => (
        <div className="row" key={at}>
          <input type="text" aria-label={`Name of property ${at + 1} of event ${number}`} placeholder="product_id" value={name} onChange={(e) => put(at, e.target.value, value)} />
          <input type="text" aria-label={`Value of property ${at + 1} of event ${number}`} value={value} onChange={(e) => put(at, name, e.target.value)} />
          <Tool icon="close" label="Remove property" onClick={() => set(Object.fromEntries(pairs.filter((_, n) => n !== at)))} />
        </div>
      ))}
      <button type="button" className="small-btn" disabled={"" in of} onClick={() => set({ ...of, "": "" })}>
        Add a property
      </button>
    </details>
  );
}
