// What a rule of each kind looks at.
import { Field } from "../pieces/field.tsx";
import { CriteriaFields } from "./criteria-fields.tsx";
import { EVENTS, NO_CRITERIA, type Criteria, type RuleForm } from "./rule-draft.ts";

interface MatchFieldsProps {
  readonly form: RuleForm;
  readonly change: (changes: Partial<RuleForm>) => void;
}

const SEVERAL = "Several with commas; * and ? stand for anything.";

export function MatchFields({ form, change }: MatchFieldsProps) {
  const text = (name: "numbers" | "agents" | "groups", label: string, isNeeded = true) => (
    <Field label={label} hint={SEVERAL}>
      {(ties) => (
        <input
          {...ties}
          required={isNeeded}
          value={form[name]}
          onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
  switch (form.kind) {
    case "inbound-number":
      return text("numbers", "Numbers dialled");
    case "external-number":
      return text("numbers", "Numbers of the other side");
    case "agent":
      return text("agents", "Agents: extensions or names");
    case "group":
      return text("groups", "Groups");
    case "call-event":
      return (
        <div class="form-grid">
          <Field label="Call event">
            {(ties) => (
              <select
                {...ties}
                value={form.event}
                onChange={({ currentTarget }) => change({ event: currentTarget.value })}
              >
                {EVENTS.map((event) => (
                  <option key={event}>{event}</option>
                ))}
              </select>
            )}
          </Field>
          {text("agents", "Agents", false)}
          {text("groups", "Groups", false)}
        </div>
      );
    case "advanced-event":
      return (
        <CriteriaFields
          legend="The event"
          value={form.criteria}
          onChange={(criteria) => change({ criteria })}
        />
      );
    case "advanced-to-this-point":
      return (
        <>
          <CriteriaList
            legend="What happened, in this order; the last is the point"
            list={form.happened}
            onChange={(happened) => change({ happened })}
          />
          <CriteriaList
            legend="What did not happen before"
            list={form.notHappened}
            onChange={(notHappened) => change({ notHappened })}
          />
        </>
      );
  }
}

interface CriteriaListProps {
  readonly legend: string;
  readonly list: readonly Criteria[];
  readonly onChange: (list: readonly Criteria[]) => void;
}

function CriteriaList({ legend, list, onChange }: CriteriaListProps) {
  return (
    <div class="stack" role="group" aria-label={legend}>
      <p class="criteria-title">{legend}</p>
      {list.map((criteria, index) => (
        <CriteriaFields
          key={index}
          legend={`Event ${index + 1}`}
          value={criteria}
          onChange={(value) => onChange(list.with(index, value))}
          onRemove={() => onChange(list.toSpliced(index, 1))}
        />
      ))}
      <button type="button" class="button" onClick={() => onChange([...list, NO_CRITERIA])}>
        Add an event
      </button>
    </div>
  );
}
