// When a rule holds: none named, always.
import { Field } from "../pieces/field.tsx";
import { DAYS, type RuleForm, type Times } from "./rule-draft.ts";

interface TimeFieldsProps {
  readonly form: RuleForm;
  readonly change: (changes: Partial<RuleForm>) => void;
}

const WORKING_HOURS: Times = { days: DAYS.slice(0, 5), from: "08:00", to: "18:00" };

export function TimeFields({ form, change }: TimeFieldsProps) {
  const { times, timezone } = form;
  const set = (index: number, changes: Partial<Times>): void => {
    const span = times[index];
    if (span !== undefined) change({ times: times.with(index, { ...span, ...changes }) });
  };
  return (
    <div class="stack">
      <p class="criteria-title">{times.length === 0 ? "It holds always." : "It holds at"}</p>
      {times.map((span, index) => (
        <fieldset key={index} class="criteria">
          <legend>Time {index + 1}</legend>
          <div class="checks" role="group" aria-label="Days">
            {DAYS.map((day) => (
              <label key={day} class="check">
                <input
                  type="checkbox"
                  checked={span.days.includes(day)}
                  onChange={({ currentTarget: { checked } }) => {
                    const days = DAYS.filter((one) =>
                      one === day ? checked : span.days.includes(one),
                    );
                    set(index, { days });
                  }}
                />
                {day}
              </label>
            ))}
          </div>
          <div class="form-grid">
            {(["from", "to"] as const).map((name) => (
              <Field key={name} label={name === "from" ? "From" : "To, not included"}>
                {(ties) => (
                  <input
                    {...ties}
                    pattern="([01]\d|2[0-3]):[0-5]\d|24:00"
                    placeholder="08:30"
                    value={span[name]}
                    onInput={({ currentTarget }) => set(index, { [name]: currentTarget.value })}
                  />
                )}
              </Field>
            ))}
          </div>
          <button
            type="button"
            class="button"
            onClick={() => change({ times: times.toSpliced(index, 1) })}
          >
            Remove this time
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button"
        onClick={() => change({ times: [...times, WORKING_HOURS] })}
      >
        Add a time
      </button>
      {times.length === 0 ? null : (
        <Field label="Time zone" hint="A name like Europe/Berlin, or UTC.">
          {(ties) => (
            <input
              {...ties}
              value={timezone}
              onInput={({ currentTarget }) => change({ timezone: currentTarget.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
