import { useState } from "react";
import { useEditor } from "../editor";
import type { StepType } from "../types";
import { Icon } from "../ui";

export const DRAGGED = "application/x-attune-step";

export function groups(types: StepType[], search: string): [string, StepType[]][] {
  const wanted = search.trim().toLowerCase();
  const found = types.filter((type) => `${type.label} ${type.help}`.toLowerCase().includes(wanted));
  const names = [...new Set(found.map((type) => type.group))];
  return names.map((name) => [name, found.filter((type) => type.group === name)]);
}

/** The step types: drag one onto the canvas, or press it to place it after the selected step. */
export function Palette({ onPlaced }: { onPlaced?: () => void }) {
  const { state, add } = useEditor();
  const [search, setSearch] = useState("");
  const shown = groups(state.catalogue, search);
  return (
    <nav className="palette" aria-label="Steps to add">
      <label className="visually-hidden" htmlFor="palette-search">
        Find a step
      </label>
      <input
        id="palette-search"
        type="search"
        placeholder="Find a step"
        value={search}
        onChange={(e) => setSearch(e.target.value)}
      />
      <div className="palette-list">
        {shown.map(([name, types]) => (
          <section key={name} aria-label={name}>
            <h2>{name}</h2>
            <ul>
              {types.map((type) => (
                <li key={type.type}>
                  <button
                    type="button"
                    className="palette-step"
                    draggable
                    title={type.help}
                    data-type={type.type}
                    onDragStart={(e) => {
                      e.dataTransfer.setData(DRAGGED, type.type);
                      e.dataTransfer.effectAllowed = "copy";
                    }}
                    onClick={() => {
                      add(type);
                      onPlaced?.();
                    }}
                  >
                    <span className={`chip group-${type.group.toLowerCase().replaceAll(" ", "-")}`}>
                      <Icon name={type.icon} />
                    </span>
                    {type.label}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {!shown.length && <p className="quiet">No step is called that.</p>}
      </div>
    </nav>
  );
}
