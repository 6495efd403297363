// One rule, edited: the recorder itself checks it before it goes into the list, so that what is
// wrong is told beside the form.
import { useState } from "preact/hooks";
import type { RuleDocument } from "../api/admin-types.ts";
import { api, type ApiProblem } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { Dialog } from "../pieces/dialog.tsx";
import { Field } from "../pieces/field.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { MatchFields } from "./match-fields.tsx";
import {
  DIRECTIONS,
  documentOf,
  KINDS,
  type Effect,
  type Kind,
  type RuleForm,
} from "./rule-draft.ts";
import { TimeFields } from "./time-fields.tsx";

interface RuleDialogProps {
  readonly title: string;
  readonly initial: RuleForm;
  readonly onClose: () => void;
  readonly onDone: (rule: RuleDocument) => void;
}

const EFFECTS: readonly (readonly [effect: Effect, label: string, hint: string])[] = [
  ["record", "Record", "The call is kept."],
  ["dont-record", "Don't record", "Beats every rule that wants the call."],
  ["pause", "Pause", "Recordings of the call are paused while it matches."],
];

export function RuleDialog({ title, initial, onClose, onDone }: RuleDialogProps) {
  const [form, setForm] = useState(initial);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const change = (changes: Partial<RuleForm>): void => setForm((old) => ({ ...old, ...changes }));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const rule = documentOf(form);
    try {
      await api.post("/api/v1/rules/dry-run", { rules: [rule], limit: 1 });
      onDone(rule);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Title" hint="Shown as the reason of a recording.">
          {(ties) => (
            <input
              {...ties}
              required
              maxLength={120}
              value={form.title}
              onInput={({ currentTarget }) => change({ title: currentTarget.value })}
            />
          )}
        </Field>
        <fieldset class="choices">
          <legend>A call that matches</legend>
          {EFFECTS.map(([effect, label, hint]) => (
            <label key={effect} class="check">
              <input
                type="radio"
                name="effect"
                checked={form.effect === effect}
                onChange={() => change({ effect })}
              />
              <span>
                {label}
                <span class="hint">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label="It matches by">
          {(ties) => (
            <select
              {...ties}
              value={form.kind}
              onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind })}
            >
              {Object.entries(KINDS).map(([kind, words]) => (
                <option key={kind} value={kind}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <MatchFields form={form} change={change} />
        <details>
          <summary>Share, direction, other side, times</summary>
          <div class="stack rule-more">
            <MoreFields form={form} change={change} />
            <TimeFields form={form} change={change} />
          </div>
        </details>
        <ProblemNote problem={problem} title="The recorder does not take this rule" />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={isBusy}>
            {isBusy ? "Checking…" : "Put into the list"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface FormPartProps {
  readonly form: RuleForm;
  readonly change: (changes: Partial<RuleForm>) => void;
}

function MoreFields({ form, change }: FormPartProps) {
  return (
    <div class="form-grid">
      <Field label="Share of the calls, %" hint="The same calls on every run.">
        {(ties) => (
          <input
            {...ties}
            type="number"
            min={0}
            max={100}
            step="any"
            value={form.share}
            onInput={({ currentTarget }) => change({ share: currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Direction">
        {(ties) => (
          <select
            {...ties}
            value={form.direction}
            onChange={({ currentTarget }) => change({ direction: currentTarget.value })}
          >
            {DIRECTIONS.map((direction) => (
              <option key={direction}>{direction}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Other side" hint="Numbers or names; * and ? stand for anything.">
        {(ties) => (
          <input
            {...ties}
            value={form.externalParty}
            onInput={({ currentTarget }) => change({ externalParty: currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}
