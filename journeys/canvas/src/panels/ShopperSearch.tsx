import { useEffect, useId, useRef, useState } from "react";
import { call } from "../api";

export interface Shopper {
  id: string;
  label: string;
  hint: string;
}

interface Props {
  chosen: Shopper | null;
  choose: (shopper: Shopper | null) => void;
  /** Told whether something is typed that names nobody yet. */
  typing: (open: boolean) => void;
}

/** A combobox over the shop's shoppers (ARIA practices: list with manual selection). */
export function ShopperSearch({ chosen, choose, typing }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const [found, setFound] = useState<Shopper[] | null>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const asked = useRef("");

  useEffect(() => {
    if (!open) return undefined;
    const timer = setTimeout(() => {
      asked.current = text;
      call<{ results: Shopper[] }>("GET", `shoppers?q=${encodeURIComponent(text)}`)
        .then(({ results }) => {
          if (asked.current === text) setFound(results);
        })
        .catch(() => setFound(null));
    }, 180);
    return () => clearTimeout(timer);
  }, [text, open]);
  useEffect(() => typing(!chosen && text.trim() !== ""), [chosen, text, typing]);
  // Whoever types a number means that shopper, chosen from the list or not.
  const leave = () => {
    setOpen(false);
    if (!text.trim()) return;
    call<{ results: Shopper[] }>("GET", `shoppers?q=${encodeURIComponent(text)}`)
      .then(({ results }) => {
        if (results.length === 1) pick(results[0]);
        else setFound(results);
      })
      .catch(() => undefined);
  };
  const list = found ?? [];
  const nobody = text.trim() !== "" && found !== null && !found.length;

  const pick = (shopper: Shopper | undefined) => {
    if (!shopper) return;
    choose(shopper);
    setText("");
    setOpen(false);
  };
  const key = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((now) => (list.length ? (now + step + list.length) % list.length : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      // The list may still be that of an earlier text.
      if (at >= 0 || asked.current === text) pick(list[Math.max(at, 0)]);
      else leave();
    } else if (event.key === "Escape") setOpen(false);
  };
  if (chosen) {
    return (
      <div className="field">
        <span className="label">Shopper</span>
        <span className="picked">
          {chosen.label}
          <button type="button" aria-label={`Take another shopper than ${chosen.label}`} onClick={() => choose(null)}>
            ×
          </button>
        </span>
        {chosen.hint && <p className="help">{chosen.hint}</p>}
      </div>
    );
  }
  return (
    <div className="field combo">
      <label htmlFor={id}>Shopper</label>
      <input
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        aria-expanded={open && list.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && at >= 0 ? `${id}-${at}` : undefined}
        placeholder="Customer number or e-mail"
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setFound(null);
          setOpen(true);
          setAt(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={leave}
        aria-invalid={nobody || undefined}
        aria-describedby={`${id}-help`}
        onKeyDown={key}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Shoppers" className="combo-list" hidden={!open || !list.length}>
        {list.map((shopper, n) => (
          <li
            key={shopper.id}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            onMouseDown={(e) => {
              e.preventDefault();
              pick(shopper);
            }}
          >
            {shopper.label} <small>{shopper.hint}</small>
          </li>
        ))}
      </ul>
      <p id={`${id}-help`} className={nobody ? "wrong" : "help"} aria-live="polite">
        {nobody
          ? "Nobody is known by this customer number or e-mail. Choose somebody, or empty the field."
          : "Without one, somebody unknown who agreed to everything is sent through."}
      </p>
    </div>
  );
}
