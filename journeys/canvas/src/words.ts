// How settings read as words: on the card of a step, in the list, in what a publication changes.
import type { Config, Field, Fact, Json, Lists, Named, Step, StepType } from "./types";

const UNITS: [number, string][] = [
  [604800, "week"],
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
}

/** The largest unit that says the duration in a whole number: [amount, seconds of the unit]. */
export function inUnit(seconds: number): [number, number] {
  const [unit] = UNITS.find(([size]) => seconds > 0 && seconds % size === 0) ?? [3600];
  return [seconds / unit, unit];
}

export const unitOptions = UNITS.map(([size, name]) => ({ value: String(size), label: `${name}s` })).reverse();

export function duration(seconds: number): string {
  const [amount, unit] = inUnit(seconds);
  const name = UNITS.find(([size]) => size === unit)?.[1] ?? "hour";
  return plural(amount, name);
}

const OPERATORS: { [operator: string]: string } = {
  is: "is",
  is_not: "is not",
  at_least: "is at least",
  at_most: "is at most",
  more_than: "is more than",
  less_than: "is less than",
  contains: "contains",
  lacks: "does not contain",
  known: "is known",
  unknown: "is not known",
};

export const CONSENTS = [
  { key: "marketing:email", name: "Marketing by e-mail" },
  { key: "marketing:sms", name: "Marketing by SMS" },
  { key: "marketing:push", name: "Marketing by push" },
  { key: "marketing:web", name: "Marketing on the web" },
  { key: "personalisation", name: "Personalisation" },
  { key: "analytics", name: "Analytics" },
];

export function operatorsOf(kind: string): [string, string][] {
  if (kind === "segment") return [["is", "is in it"], ["is_not", "is not in it"]];
  if (kind === "consent") return [["is", "is given"], ["is_not", "is not given"]];
  const numbers = ["at_least", "at_most", "more_than", "less_than", "is", "is_not", "known", "unknown"];
  const texts = ["is", "is_not", "contains", "lacks", "known", "unknown"];
  const listed = kind === "number" ? numbers : kind === "text" ? texts : [...new Set([...texts, ...numbers])];
  return listed.map((operator) => [operator, OPERATORS[operator] ?? operator]);
}

export interface Rule {
  subject: string;
  name: string;
  operator: string;
  value: Json;
}

export function rulesOf(value: Json): { match: string; rules: Rule[] } {
  const condition = (value ?? {}) as unknown as { match?: string; rules?: Rule[] };
  return { match: condition.match ?? "all", rules: condition.rules ?? [] };
}

export function nameOf(list: Named[], key: Json): string {
  return list.find((one) => one.key === key)?.name ?? String(key ?? "");
}

function ruleSaid(rule: Rule, lists: Lists): string {
  const not = rule.operator === "is_not" ? "not " : "";
  if (rule.subject === "segment") return `${not}in “${nameOf(lists.segments, rule.name)}”`;
  if (rule.subject === "consent") return `${nameOf(CONSENTS, rule.name)} ${not}agreed`;
  if (rule.subject === "cart") rule = { ...rule, name: "items in the cart" };
  const name = lists.facts.find((fact: Fact) => rule.subject === "feature" && fact.key === rule.name)?.label ?? rule.name;
  const value = rule.operator === "known" || rule.operator === "unknown" ? "" : String(rule.value ?? "");
  return `${name.replaceAll("_", " ")} ${OPERATORS[rule.operator] ?? rule.operator} ${value}`.trim();
}

function said(field: Field, value: Json, lists: Lists): string {
  if (value === null || value === undefined || value === "") return "";
  switch (field.kind) {
    case "duration":
      return Number(value) > 0 ? duration(Number(value)) : "";
    case "time":
      return value ? `until ${String(value)}` : "";
    case "select":
      return field.options?.find((option) => option.value === value)?.label ?? String(value);
    case "segment":
      return nameOf(lists.segments, value);
    case "template":
      return nameOf(lists.templates, value);
    case "experiment":
      return nameOf(lists.experiments, value);
    case "weights":
      return (value as { weight: number }[]).map((branch) => `${branch.weight} %`).join(" / ");
    case "condition": {
      const { match, rules } = rulesOf(value);
      return rules.map((rule) => ruleSaid(rule, lists)).join(match === "any" ? " or " : " and ");
    }
    case "boolean":
      return value === true ? field.label : "";
    default:
      return Array.isArray(value) ? value.join(", ") : String(value);
  }
}

export function shows(field: Field, config: Config): boolean {
  return Object.entries(field.show_if ?? {}).every(([name, value]) => {
    const found = config[name] ?? "";
    return Array.isArray(value) ? value.includes(found) : found === value;
  });
}

/** What a step does, in a few words of its settings. */
export function summary(step: Step, type: StepType | undefined, lists: Lists): string {
  if (!type) return "";
  return type.fields
    .filter((field) => shows(field, step.config))
    .map((field) => said(field, step.config[field.name] ?? null, lists))
    .filter(Boolean)
    .join(" · ");
}
