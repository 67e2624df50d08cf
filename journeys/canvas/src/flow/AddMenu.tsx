import { useEffect, useRef, useState } from "react";
import { useEditor } from "../editor";
import { isTrigger } from "../graph";
import { groups } from "../panels/Palette";
import { Icon } from "../ui";

/** The plus where a way leads nowhere yet (or on an edge): the steps that could come there. */
export function AddMenu({ from, port, label }: { from: string; port: string; label: string }) {
  const { state, addAfter } = useEditor();
  const [open, setOpen] = useState(false);
  const [up, setUp] = useState(false);
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    root.current?.querySelector<HTMLButtonElement>("[role=menuitem]")?.focus();
    const away = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as globalThis.Node)) setOpen(false);
    };
    addEventListener("pointerdown", away, true);
    return () => removeEventListener("pointerdown", away, true);
  }, [open]);

  const walk = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    const items = [...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape") {
      setOpen(false);
      root.current?.querySelector("button")?.focus();
    } else if (to !== undefined && open) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    }
  };

  const toggle = () => {
    const box = root.current?.getBoundingClientRect();
    setUp(Boolean(box && box.bottom > innerHeight - 320));
    setOpen(!open);
  };

  return (
    <div className="add nodrag nopan nowheel" ref={root} onKeyDown={walk}>
      <button type="button" className="add-button" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={toggle}>
        <Icon name="add" />
      </button>
      {open && (
        <div className={`add-menu ${up ? "up" : ""}`} role="menu" aria-label={label}>
          {groups(state.catalogue.filter((type) => !isTrigger(type)), "").map(([name, types]) => (
            <div key={name} role="group" aria-label={name}>
              {types.map((type) => (
                <button
                  key={type.type}
                  type="button"
                  role="menuitem"
                  tabIndex={-1}
                  onClick={() => {
                    setOpen(false);
                    addAfter(type, from, port);
                  }}
                >
                  <Icon name={type.icon} /> {type.label}
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
