import type { Fact, Json, Lists } from "../types";
import { Tool } from "../ui";
import { CONSENTS, operatorsOf, rulesOf, type Rule } from "../words";
import type { ControlProps } from "./Controls";

/** Rules over what is known of the shopper, or over an event's properties; the field's options say which. */
export function Condition({ id, field, value, set, lists, disabled, describedBy }: ControlProps) {
  const { match, rules } = rulesOf(value);
  const subjects = (field.options ?? []).map((option) => option.value);
  const put = (next: Rule[], how = match) => set({ match: how, rules: next as unknown as Json });
  const change = (at: number, rule: Rule) => put(rules.map((old, n) => (n === at ? rule : old)));
  return (
    <div className="condition" aria-describedby={describedBy}>
      {rules.length > 1 && (
        <select aria-label="How the rules combine" disabled={disabled} value={match} onChange={(e) => put(rules, e.target.value)}>
          <option value="all">All of these hold</option>
          <option value="any">Any of these holds</option>
        </select>
      )}
      <ul>
        {rules.map((rule, at) => (
          <li key={at}>
            <RuleRow
              id={at === 0 ? id : `${id}-${at}`}
              rule={rule}
              subjects={subjects}
              lists={lists}
              disabled={disabled}
              set={(next) => change(at, next)}
            />
            <Tool icon="close" label={`Remove rule ${at + 1}`} disabled={disabled} onClick={() => put(rules.filter((_, n) => n !== at))} />
          </li>
        ))}
      </ul>
      <button type="button" className="small-btn" disabled={disabled || rules.length > 19} onClick={() => put([...rules, first(subjects, lists)])}>
        Add a rule
      </button>
    </div>
  );
}

function first(subjects: string[], lists: Lists): Rule {
  // An amount comes with a value that makes sense; a text would begin with a problem.
  const fact = lists.facts.find((one) => one.kind === "number") ?? lists.facts[0];
  return fresh(subjects.includes("feature") ? `feature:${fact?.key ?? ""}` : `${subjects[0] ?? "event"}:`, lists);
}

/** `what` is subject:name, as the first select has it. */
function fresh(what: string, lists: Lists): Rule {
  const [subject = "event", name = ""] = what.split(/:(.*)/s);
  if (subject === "segment") return { subject, name: lists.segments[0]?.key ?? "", operator: "is", value: null };
  if (subject === "cart") return { subject, name: "items", operator: "at_least", value: 1 };
  if (subject === "consent") return { subject, name: "marketing:email", operator: "is", value: null };
  const kind = kindOf(subject, name, lists);
  return { subject, name, operator: kind === "number" ? "at_least" : "is", value: kind === "number" ? 1 : "" };
}

function kindOf(subject: string, name: string, lists: Lists): string {
  if (subject === "cart") return "number";
  if (subject !== "feature") return subject === "segment" || subject === "consent" ? subject : "any";
  return lists.facts.find((fact) => fact.key === name)?.kind ?? "text";
}

function grouped(facts: Fact[]): [string, Fact[]][] {
  const names = [...new Set(facts.map((fact) => fact.group))];
  return names.map((name) => [name, facts.filter((fact) => fact.group === name)]);
}

interface RowProps {
  id: string;
  rule: Rule;
  subjects: string[];
  lists: Lists;
  disabled: boolean;
  set: (rule: Rule) => void;
}

const OTHERS = [
  ["cart", "Items in the cart"],
  ["segment", "Segment"],
  ["consent", "Consent"],
  ["trait", "Trait…"],
  ["event", "Property of the event…"],
] as const;

function RuleRow({ id, rule, subjects, lists, disabled, set }: RowProps) {
  const what = rule.subject === "feature" ? `feature:${rule.name}` : `${rule.subject}:`;
  const kind = kindOf(rule.subject, rule.name, lists);
  const named = rule.subject === "trait" || rule.subject === "event";
  return (
    <div className="rule">
      {subjects.length > 1 && (
        <select id={id} aria-label="What is asked" disabled={disabled} value={what} onChange={(e) => set(fresh(e.target.value, lists))}>
          {subjects.includes("feature") &&
            grouped(lists.facts).map(([group, facts]) => (
              <optgroup key={group} label={group}>
                {facts.map((fact) => (
                  <option key={fact.key} value={`feature:${fact.key}`}>
                    {fact.label}
                  </option>
                ))}
              </optgroup>
            ))}
          <optgroup label="Other">
            {OTHERS.filter(([subject]) => subjects.includes(subject)).map(([subject, label]) => (
              <option key={subject} value={`${subject}:`}>
                {label}
              </option>
            ))}
          </optgroup>
        </select>
      )}
      {named && (
        <input
          id={subjects.length > 1 ? undefined : id}
          type="text"
          aria-label={rule.subject === "trait" ? "Name of the trait" : "Name of the property"}
          placeholder={rule.subject === "trait" ? "vip" : "value"}
          disabled={disabled}
          value={rule.name}
          onChange={(e) => set({ ...rule, name: e.target.value })}
        />
      )}
      {(kind === "segment" || kind === "consent") && (
        <Names rule={rule} list={kind === "segment" ? lists.segments : CONSENTS} disabled={disabled} set={set} />
      )}
      <select aria-label="Comparison" disabled={disabled} value={rule.operator} onChange={(e) => set({ ...rule, operator: e.target.value })}>
        {operatorsOf(kind).map(([operator, label]) => (
          <option key={operator} value={operator}>
            {label}
          </option>
        ))}
      </select>
      {kind !== "segment" && kind !== "consent" && rule.operator !== "known" && rule.operator !== "unknown" && (
        <input
          type={kind === "number" || AMOUNTS.has(rule.operator) ? "number" : "text"}
          step="any"
          aria-label="Compared with"
          disabled={disabled}
          value={rule.value === null ? "" : String(rule.value)}
          onChange={(e) => {
            const amount = kind === "number" || AMOUNTS.has(rule.operator);
            set({ ...rule, value: amount && e.target.value !== "" ? Number(e.target.value) : e.target.value });
          }}
        />
      )}
    </div>
  );
}

const AMOUNTS = new Set(["at_least", "at_most", "more_than", "less_than"]);

function Names({ rule, list, disabled, set }: { rule: Rule; list: { key: string; name: string }[]; disabled: boolean; set: (rule: Rule) => void }) {
  return (
    <select aria-label="Which" disabled={disabled} value={rule.name} onChange={(e) => set({ ...rule, name: e.target.value })}>
      {!list.some((one) => one.key === rule.name) && <option value={rule.name}>{rule.name ? `${rule.name} (gone)` : "Choose…"}</option>}
      {list.map((one) => (
        <option key={one.key} value={one.key}>
          {one.name}
        </option>
      ))}
    </select>
  );
}
