// What must be true of one call event, as fields: what is left empty does not matter.
import { Field } from "../pieces/field.tsx";
import { EVENTS, type Criteria } from "./rule-draft.ts";

interface CriteriaFieldsProps {
  readonly legend: string;
  readonly value: Criteria;
  readonly onChange: (value: Criteria) => void;
  readonly onRemove?: (() => void) | undefined;
}

const TEXTS: readonly (readonly [name: Exclude<keyof Criteria, "events">, label: string])[] = [
  ["agents", "Agents"],
  ["groups", "Groups"],
  ["dialledNumbers", "Dialled numbers"],
  ["externalParties", "Other side"],
  ["accountCodes", "Account codes"],
  ["tags", "Tags"],
  ["atLeastSeconds", "At least so many seconds"],
];

export function CriteriaFields({ legend, value, onChange, onRemove }: CriteriaFieldsProps) {
  const toggle = (event: string, isOn: boolean): void => {
    const others = value.events.filter((one) => one !== event);
    onChange({ ...value, events: isOn ? [...others, event] : others });
  };
  return (
    <fieldset class="criteria">
      <legend>{legend}</legend>
      <div class="checks" role="group" aria-label="The event is one of">
        {EVENTS.map((event) => (
          <label key={event} class="check">
            <input
              type="checkbox"
              checked={value.events.includes(event)}
              onChange={({ currentTarget }) => toggle(event, currentTarget.checked)}
            />
            {event}
          </label>
        ))}
      </div>
      <div class="form-grid">
        {TEXTS.map(([name, label]) => (
          <Field key={name} label={label}>
            {(ties) => (
              <input
                {...ties}
                inputMode={name === "atLeastSeconds" ? "numeric" : "text"}
                value={value[name]}
                onInput={({ currentTarget }) => onChange({ ...value, [name]: currentTarget.value })}
              />
            )}
          </Field>
        ))}
      </div>
      {onRemove === undefined ? null : (
        <button type="button" class="button" onClick={onRemove}>
          Remove this event
        </button>
      )}
    </fieldset>
  );
}
