// What travels between the canvas and journeys/admin/canvas.py, as JSON.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Config = { [name: string]: Json };

export interface Step {
  key: string;
  type: string;
  config: Config;
  position: { x: number; y: number };
}

export interface Edge {
  from: string;
  port: string;
  to: string;
}

export interface Settings {
  entry: { again: string; cooldown_hours: number };
  exit_on: { events: string[]; left_segment: string | null };
  goal: { event: string; within_hours: number; exit: boolean } | null;
}

export interface Graph {
  nodes: Step[];
  edges: Edge[];
  settings: Settings;
}

export interface Port {
  key: string;
  label: string;
  optional?: boolean;
  help?: string;
}

export interface Option {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  kind: string;
  help: string;
  default: Json;
  required: boolean;
  options?: Option[];
  min?: number;
  max?: number;
  show_if?: { [field: string]: Json } | null;
}

export interface StepType {
  type: string;
  label: string;
  help: string;
  icon: string;
  group: string;
  fields: Field[];
  ports: Port[];
}

export interface Fact {
  key: string;
  label: string;
  group: string;
  kind: "number" | "text";
}

export interface Named {
  key: string;
  name: string;
  hint?: string;
  url?: string;
  variants?: Named[];
}

export interface Lists {
  segments: Named[];
  templates: Named[];
  experiments: Named[];
  events: string[];
  facts: Fact[];
}

export interface Problem {
  node: string | null;
  field: string | null;
  message: string;
}

export interface StepCount {
  entered: number;
  waiting: number;
  share: number | null;
}

export interface Counts {
  steps: { [key: string]: StepCount };
  entered: number;
  active: number;
  goals: number;
  goal_share: number | null;
}

export interface Version {
  number: number;
  published_at: string;
  published_by: string;
  current: boolean;
  active: number;
}

export interface Journey {
  name: string;
  status: string;
  status_label: string;
  may_change: boolean;
  time_zone: string;
}

export interface CanvasState {
  journey: Journey;
  graph: Graph;
  published: Graph | null;
  revision: number;
  catalogue: StepType[];
  lists: Lists;
  problems: Problem[];
  counts: Counts;
  versions: Version[];
}

export interface SimulatedStep {
  at: string;
  node: string | null;
  label: string;
  outcome: string;
  reason: string;
  tone: string;
  message: number | null;
}

export interface SimulatedMessage {
  at: string;
  channel: string;
  to: string;
  subject: string;
  html: string;
  text: string;
}

export interface Simulation {
  steps: SimulatedStep[];
  messages: SimulatedMessage[];
  outcome: string;
  entered: boolean;
}
