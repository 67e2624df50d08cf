import { useState } from "react";
import type { SimulatedMessage, Simulation } from "../types";
import { Icon, Tool, moment } from "../ui";
import { plural } from "../words";

/** What happened in a simulation: each step with its time and reason; messages as the shopper would see them. */
export function Outcome({ result, zone, at, go }: { result: Simulation; zone: string; at: number; go: (index: number) => void }) {
  const [shown, setShown] = useState<number | null>(null);
  const message = shown === null ? undefined : result.messages[shown];
  return (
    <section className="outcome" aria-label="What happened">
      <div className="outcome-head">
        <p className={`notice ${result.entered ? "good" : ""}`} role="status">
          {result.outcome}
        </p>
        <div className="btn-row">
          <Tool icon="chevron_left" label="Step before" disabled={at <= 0} onClick={() => go(at - 1)} />
          <Tool icon="chevron_right" label="Next step" disabled={at >= result.steps.length - 1} onClick={() => go(at + 1)} />
          <span className="quiet">
            {at >= 0 ? `${at + 1} of ${result.steps.length}` : plural(result.steps.length, "step")}
            {result.messages.length > 0 && `, ${plural(result.messages.length, "message")}`}
          </span>
        </div>
      </div>
      <ol className="happened">
        {result.steps.map((step, n) => (
          <li key={n} className={n === at ? "is-here" : undefined}>
            <button type="button" aria-current={n === at ? "step" : undefined} onClick={() => go(n)}>
              <time dateTime={step.at}>{moment(step.at, zone)}</time>
              <span>
                <strong>{step.label}</strong> {step.outcome && <span className={`pill ${step.tone}`}>{step.outcome}</span>}
              </span>
              {step.reason && <span className="why">{step.reason}</span>}
            </button>
            {step.message !== null && (
              <button type="button" className="small-btn" onClick={() => setShown(shown === step.message ? null : step.message)}>
                <Icon name="mail" /> {shown === step.message ? "Hide the message" : "Read the message"}
              </button>
            )}
            {step.message !== null && shown === step.message && message && <Letter message={message} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Letter({ message }: { message: SimulatedMessage }) {
  return (
    <article className="letter" aria-label="Message">
      {message.subject && <h3>{message.subject}</h3>}
      <p className="quiet">
        {message.channel}
        {message.to && ` to ${message.to}`}
      </p>
      {message.html ? (
        <iframe title={`Message: ${message.subject}`} sandbox="" srcDoc={message.html} />
      ) : (
        <pre>{message.text}</pre>
      )}
    </article>
  );
}
