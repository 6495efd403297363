// Where calls are written while they run, and where they are kept.
import { Field } from "../pieces/field.tsx";
import { StepHead } from "./step-head.tsx";
import type { StepParts } from "./step-parts.ts";

const FIELDS = [
  ["live", "Live directory", "A local disk: calls are written there while they run."],
  ["pool", "Pool directory", "Finished recordings are kept there, compressed."],
  ["maxBytes", "Fill the pool up to", "Like 100 GiB or 2 TB."],
] as const;

export function StorageStep({ settings, change, view }: StepParts) {
  const { storage } = settings;
  return (
    <>
      <StepHead title="Choose where recordings go">
        The test makes the directories and writes to them. Relative paths are relative to{" "}
        <span class="mono">{view.file.replace(/[^/\\]*$/, "")}</span>
      </StepHead>
      <div class="form-grid">
        {FIELDS.map(([name, label, hint]) => (
          <Field key={name} label={label} hint={hint}>
            {(ties) => (
              <input
                {...ties}
                required
                spellcheck={false}
                value={storage[name]}
                onInput={({ currentTarget }) =>
                  change({ storage: { ...storage, [name]: currentTarget.value } })
                }
              />
            )}
          </Field>
        ))}
      </div>
    </>
  );
}
