import { useEditor } from "../editor";
import { FieldRow } from "../fields/FieldRow";
import { Icon, Panel } from "../ui";
import type { Field, Json, Settings } from "../types";

const field = (name: string, label: string, kind: string, help = "", more: Partial<Field> = {}): Field => ({
  name,
  label,
  kind,
  help,
  default: null,
  required: false,
  ...more,
});

const AGAIN = field("again", "May a shopper enter again?", "select", "", {
  required: true,
  options: [
    { value: "never", label: "No, once only" },
    { value: "after_exit", label: "Yes, after having left" },
    { value: "always", label: "Yes, each time it starts" },
  ],
});
const COOLDOWN = field("cooldown_hours", "Not again within", "duration", "Counted from the last time they entered.");
const EXIT_EVENTS = field("events", "Leave on these events", "events", "Whoever does one of them leaves at once, wherever they wait.");
const EXIT_SEGMENT = field("left_segment", "Leave when no longer in", "segment");
const GOAL_EVENT = field("event", "Goal event", "event", "What the journey is for. It counts once for each time a shopper enters.");
const GOAL_WITHIN = field("within_hours", "Counted within", "duration", "From entering the journey.");
const GOAL_EXIT = field("exit", "Leave the journey on reaching the goal", "boolean");

/** Who enters, who leaves early, and what counts as success. */
export function JourneyPanel() {
  const { graph, edit, lists, mayChange, problems, state } = useEditor();
  const { entry, exit_on: exitOn, goal } = graph.settings;
  const put = (part: Partial<Settings>, tag: string) => edit({ ...graph, settings: { ...graph.settings, ...part } }, tag);
  const ours = problems.filter((problem) => problem.node === null);
  const row = (which: Field, value: Json, set: (value: Json) => void) => (
    <FieldRow scope="journey" field={which} value={value} set={set} lists={lists} disabled={!mayChange} problems={ours} />
  );
  const hours = (value: Json) => Number(value ?? 0) / 3600;
  const withGoal = goal ?? { event: "", within_hours: 72, exit: true };
  const { counts } = state;
  return (
    <Panel title="This journey">
      <dl className="figures">
        <dt>Entered</dt>
        <dd>{counts.entered.toLocaleString()}</dd>
        <dt>In progress</dt>
        <dd>{counts.active.toLocaleString()}</dd>
        <dt>Reached the goal</dt>
        <dd>
          {counts.goals.toLocaleString()}
          {counts.goal_share !== null && ` (${(100 * counts.goal_share).toFixed(1)} %)`}
        </dd>
      </dl>
      {ours
        .filter((problem) => !problem.field)
        .map((problem) => (
          <p className="wrong" key={problem.message}>
            <Icon name="error" /> {problem.message}
          </p>
        ))}
      <h3>Entering</h3>
      {row(AGAIN, entry.again, (value) => put({ entry: { ...entry, again: String(value) } }, "again"))}
      {entry.again !== "never" &&
        row(COOLDOWN, entry.cooldown_hours * 3600, (value) => put({ entry: { ...entry, cooldown_hours: hours(value) } }, "cooldown"))}
      <h3>Goal</h3>
      {row(GOAL_EVENT, withGoal.event, (value) =>
        put({ goal: value ? { ...withGoal, event: String(value) } : null }, "goal"),
      )}
      {goal && row(GOAL_WITHIN, goal.within_hours * 3600, (value) => put({ goal: { ...goal, within_hours: hours(value) } }, "within"))}
      {goal && row(GOAL_EXIT, goal.exit, (value) => put({ goal: { ...goal, exit: value === true } }, "goal-exit"))}
      <h3>Leaving early</h3>
      {row(EXIT_EVENTS, exitOn.events, (value) => put({ exit_on: { ...exitOn, events: value as string[] } }, "exit-events"))}
      {row(EXIT_SEGMENT, exitOn.left_segment, (value) =>
        put({ exit_on: { ...exitOn, left_segment: value ? String(value) : null } }, "exit-segment"),
      )}
      <p className="quiet">Choose a step to see its settings.</p>
    </Panel>
  );
}
