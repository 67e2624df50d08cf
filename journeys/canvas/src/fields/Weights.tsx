import type { Json } from "../types";
import { Tool } from "../ui";
import type { ControlProps } from "./Controls";

interface Branch {
  key: string;
  label: string;
  weight: number;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export function Weights({ id, value, set, disabled }: ControlProps) {
  const branches = (Array.isArray(value) ? value : []) as unknown as Branch[];
  const put = (next: Branch[]) => set(next as unknown as Json);
  const change = (at: number, part: Partial<Branch>) =>
    put(branches.map((branch, n) => (n === at ? { ...branch, ...part } : branch)));
  const sum = branches.reduce((total, branch) => total + branch.weight, 0);
  const grow = () => {
    const key = [...LETTERS].find((letter) => !branches.some((branch) => branch.key === letter)) ?? `x${branches.length}`;
    put([...branches, { key, label: key.toUpperCase(), weight: Math.max(0, 100 - sum) }]);
  };
  const even = () => {
    const share = Math.floor(100 / branches.length);
    put(branches.map((branch, n) => ({ ...branch, weight: n === 0 ? 100 - share * (branches.length - 1) : share })));
  };
  return (
    <div className="weights">
      <ul>
        {branches.map((branch, at) => (
          <li key={branch.key}>
            <input
              id={at === 0 ? id : undefined}
              type="text"
              aria-label={`Name of branch ${at + 1}`}
              disabled={disabled}
              value={branch.label}
              onChange={(e) => change(at, { label: e.target.value })}
            />
            <input
              type="number"
              min={0}
              max={100}
              aria-label={`Percent of ${branch.label}`}
              disabled={disabled}
              value={branch.weight}
              onChange={(e) => change(at, { weight: Number(e.target.value) })}
            />
            <span aria-hidden="true">%</span>
            <Tool
              icon="close"
              label={`Remove ${branch.label}`}
              disabled={disabled || branches.length < 3}
              onClick={() => put(branches.filter((_, n) => n !== at))}
            />
          </li>
        ))}
      </ul>
      <p className={sum === 100 ? "quiet" : "bad"}>Together {sum} %</p>
      <div className="btn-row">
        <button type="button" className="small-btn" disabled={disabled || branches.length > 9} onClick={grow}>
          Add a branch
        </button>
        <button type="button" className="small-btn" disabled={disabled || !branches.length} onClick={even}>
          Share evenly
        </button>
      </div>
    </div>
  );
}
