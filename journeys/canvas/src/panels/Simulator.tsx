import { useEffect, useState } from "react";
import { call } from "../api";
import { useEditor } from "../editor";
import type { Graph, Simulation } from "../types";
import { Panel } from "../ui";
import { Invented, newEvent, type InventedEvent } from "./Invented";
import { Outcome } from "./Outcome";
import { ShopperSearch, type Shopper } from "./ShopperSearch";

/** Now, as the field for date and time wants it, in the shop's time zone. */
function nowIn(zone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: zone });
  return parts.format(new Date()).replace(" ", "T");
}

/** "Try it": sends one shopper through the draft on a clock of its own. Nothing is written and nothing leaves. */
export function Simulator({ onClose }: { onClose: () => void }) {
  const { state, graph, showTrail, select } = useEditor();
  const zone = state.journey.time_zone;
  const [shopper, setShopper] = useState<Shopper | null>(null);
  const [unchosen, setUnchosen] = useState(false);
  const [source, setSource] = useState("invented");
  const [events, setEvents] = useState<InventedEvent[]>(() => [firstEvent(graph)]);
  const [start, setStart] = useState(() => nowIn(zone));
  const [days, setDays] = useState(14);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [result, setResult] = useState<Simulation | null>(null);
  const [at, setAt] = useState(-1);

  // The numbers on the graph go away with the panel.
  useEffect(() => () => showTrail([], null), []);

  const run = async () => {
    setBusy(true);
    setError("");
    try {
      const body = {
        graph,
        shopper: shopper?.id ?? null,
        replay: source === "own",
        events: source === "own" ? [] : events.map(({ id: _, ...event }) => event),
        start,
        days,
      };
      const found = await call<Simulation>("POST", "simulate", body);
      setResult(found);
      setAt(-1);
      showTrail(trailOf(found), null);
    } catch (failure) {
      setResult(null);
      setError((failure as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const go = (index: number) => {
    if (!result) return;
    setAt(index);
    const node = result.steps[index]?.node ?? null;
    showTrail(trailOf(result), node);
    if (node) select(null);
  };

  return (
    <Panel
      title="Try it"
      onClose={onClose}
      footer={
        <button
          type="button"
          className="btn btn-primary wide"
          disabled={busy || unchosen}
          title={unchosen ? "Choose the shopper first, or empty the field" : undefined}
          onClick={() => void run()}
        >
          {busy ? "Running…" : result ? "Run again" : "Run"}
        </button>
      }
    >
      <p className="quiet intro">Sends a shopper through this draft with time flying. Nothing is saved or sent.</p>
      <ShopperSearch chosen={shopper} choose={setShopper} typing={setUnchosen} />
      <fieldset className="choice">
        <legend>What they do</legend>
        <label>
          <input type="radio" name="events" checked={source === "invented"} onChange={() => setSource("invented")} /> What I say
        </label>
        <label>
          <input type="radio" name="events" checked={source === "own"} disabled={!shopper} onChange={() => setSource("own")} /> What
          they really did at that time
        </label>
      </fieldset>
      {source === "invented" && <Invented events={events} set={setEvents} lists={state.lists} />}
      <div className="field pair-fields">
        <label>
          Start ({zone})
          <input type="datetime-local" value={start} onChange={(e) => setStart(e.target.value)} />
        </label>
        <label>
          Days
          <input type="number" min={1} max={365} value={days} onChange={(e) => setDays(Number(e.target.value))} />
        </label>
      </div>
      {error && (
        <p className="notice bad" role="alert">
          {error}
        </p>
      )}
      {result && <Outcome result={result} zone={zone} at={at} go={go} />}
    </Panel>
  );
}

/** What lets shoppers in, as the first thing that they do. */
function firstEvent(graph: Graph): InventedEvent {
  const trigger = graph.nodes.find((step) => step.type.endsWith("_trigger"));
  if (trigger?.type === "segment_trigger") {
    return newEvent(String(trigger.config.segment ?? ""), 0, trigger.config.when === "left" ? "left" : "entered");
  }
  return newEvent(String(trigger?.config.event ?? ""));
}

function trailOf(result: Simulation): string[] {
  return [...new Set(result.steps.map((step) => step.node).filter((node): node is string => node !== null))];
}
