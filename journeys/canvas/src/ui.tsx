import type { ButtonHTMLAttributes, ReactNode } from "react";

export function Icon({ name }: { name: string }) {
  return (
    <span className="material-symbols-outlined" aria-hidden="true">
      {name}
    </span>
  );
}

type ToolProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon: string; label: string; pressed?: boolean; text?: boolean };

/** A button with an icon; its label is shown when `text`, and always read. */
export function Tool({ icon, label, pressed, text, className = "", ...rest }: ToolProps) {
  return (
    <button
      type="button"
      className={`tool ${className}`}
      title={text ? undefined : label}
      aria-label={label}
      aria-pressed={pressed}
      {...rest}
    >
      <Icon name={icon} />
      {text && <span className="tool-text">{label}</span>}
    </button>
  );
}

export function Panel({ title, onClose, children, footer }: { title: string; onClose?: () => void; children: ReactNode; footer?: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {onClose && <Tool icon="close" label={`Close ${title.toLowerCase()}`} onClick={onClose} />}
      </header>
      {/* It scrolls, so the keyboard must reach it. */}
      <div className="panel-body" tabIndex={-1}>
        {children}
      </div>
      {footer && <footer>{footer}</footer>}
    </section>
  );
}

export function moment(text: string, zone: string): string {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: zone });
}
