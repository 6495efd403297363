// A form's field: label, control, and what is wrong with it, tied together for screen readers. And
// the filter bar, a row of such fields whose changes count at once.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly wrong?: string | null;
  /** Gets the attributes that tie it to its label and texts. */
  readonly children: (ties: FieldTies) => ComponentChildren;
}

export interface FieldTies {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

export function Field({ label, hint, wrong = null, children }: FieldProps) {
  const id = useId();
  const textId = `${id}-text`;
  const text = wrong ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": text === undefined ? undefined : textId,
        "aria-invalid": wrong !== null,
      })}
      {text === undefined ? null : (
        <p id={textId} class={wrong === null ? "hint" : "hint hint-wrong"}>
          {text}
        </p>
      )}
    </div>
  );
}

interface FilterBarProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export function FilterBar({ label, children }: FilterBarProps) {
  return (
    <form class="filters" role="search" aria-label={label} onSubmit={(e) => e.preventDefault()}>
      {children}
    </form>
  );
}
