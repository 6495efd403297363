// Asks for the reason of a deed that the audit keeps; closes when the deed is done.
import { useState } from "preact/hooks";
import type { ApiProblem } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { Dialog } from "../pieces/dialog.tsx";
import { Field } from "../pieces/field.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";

interface ReasonDialogProps {
  readonly title: string;
  readonly text: string;
  /** On the button that does it. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onReason: (reason: string) => Promise<void>;
}

export function ReasonDialog(props: ReasonDialogProps) {
  const { title, text, action, isDangerous = false, isOpen, onClose, onReason } = props;
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onReason(reason.trim());
      setReason("");
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{text}</p>
        <Field label="Reason" hint="Stands in the audit.">
          {(ties) => (
            <textarea
              {...ties}
              rows={3}
              required
              maxLength={1_000}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <ProblemNote problem={problem} title="It was not done" />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={isDangerous ? "button button-danger" : "button button-main"}
            disabled={isBusy || reason.trim() === ""}
          >
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
