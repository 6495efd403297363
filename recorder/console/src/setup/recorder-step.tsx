// This machine as the IP Office reaches it (R12), and whether every call is recorded (R13, R14).
import { Field } from "../pieces/field.tsx";
import { StepHead } from "./step-head.tsx";
import type { StepParts } from "./step-parts.ts";

export function RecorderStep({ settings, change, view }: StepParts) {
  const { recorder } = settings;
  const set = (changes: Partial<typeof recorder>): void =>
    change({ recorder: { ...recorder, ...changes } });
  return (
    <>
      <StepHead title="Say where this recorder is">
        The IP Office calls this address to bring the audio. It must be this machine's real address:
        never localhost.
      </StepHead>
      <div class="form-grid">
        <Field label="Address of this machine" hint={hintOf(view.addresses)}>
          {(ties) => (
            <input
              {...ties}
              required
              spellcheck={false}
              list="own-addresses"
              value={recorder.address}
              onInput={({ currentTarget }) => set({ address: currentTarget.value.trim() })}
            />
          )}
        </Field>
        <datalist id="own-addresses">
          {view.addresses.map((address) => (
            <option key={address} value={address} />
          ))}
        </datalist>
        <Field label="Name of this recorder" hint="In journals, log and console.">
          {(ties) => (
            <input
              {...ties}
              required
              value={recorder.name}
              onInput={({ currentTarget }) => set({ name: currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={recorder.recordFromBeginning}
          onChange={({ currentTarget }) => set({ recordFromBeginning: currentTarget.checked })}
        />
        <span>
          Record From Beginning
          <span class="hint">
            Every call is recorded from its answer, and kept if the rules want it. Off: only once a
            rule matches; what was said before is lost.
          </span>
        </span>
      </label>
    </>
  );
}

function hintOf(addresses: readonly string[]): string {
  return addresses.length === 0
    ? "No address but loopback was found here."
    : `This machine has ${addresses.join(", ")}.`;
}
