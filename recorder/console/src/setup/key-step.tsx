// First step of a first start: the administrator's own key, in place of the one-time key that the
// terminal showed. It is shown this once; the session goes on with it at once.
import { useState } from "preact/hooks";
import type { MadeKey } from "../api/admin-types.ts";
import { api, type ApiProblem } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { signIn } from "../api/sign-in.ts";
import { Field } from "../pieces/field.tsx";
import { Icon } from "../pieces/icon.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { showToast } from "../pieces/toast.tsx";
import { StepHead } from "./step-head.tsx";

interface KeyStepProps {
  readonly isMade: boolean;
  readonly onMade: () => void;
}

export function KeyStep({ isMade, onMade }: KeyStepProps) {
  const [name, setName] = useState("");
  const [key, setKey] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const wanted = { name: name.trim(), role: "administrator" };
      const made = await api.post<MadeKey>("/api/v1/keys", wanted);
      setKey(made.key);
      // The one-time key is gone with this, and its session too.
      await signIn(made.key);
      onMade();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <StepHead title="Make your own key">
        The one-time key that you signed in with is good for this once. Your own key replaces it;
        with it you sign in from now on.
      </StepHead>
      <ProblemNote problem={problem} title="The key could not be made" />
      {key !== null ? (
        <NewKey value={key} />
      ) : isMade ? (
        <p>There is an administrator's key already.</p>
      ) : (
        <form class="key-form" onSubmit={(event) => void make(event)}>
          <Field label="Your name" hint="It appears in the audit.">
            {(ties) => (
              <input
                {...ties}
                required
                maxLength={200}
                autocomplete="name"
                value={name}
                onInput={({ currentTarget }) => setName(currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="button button-main" disabled={isBusy || name.trim() === ""}>
            {isBusy ? "Making it…" : "Make my key"}
          </button>
        </form>
      )}
    </>
  );
}

function NewKey({ value }: { readonly value: string }) {
  const copy = (): void => {
    navigator.clipboard.writeText(value).then(
      () => showToast("The key is copied."),
      () => showToast("The browser does not let this page copy: select the key by hand.", "bad"),
    );
  };
  return (
    <div class="note" role="status">
      <Icon name="verify" />
      <div>
        <p class="note-title">Store this key now: it is shown only this once.</p>
        <p class="mono new-key" data-key>
          {value}
        </p>
      </div>
      <button type="button" class="button" onClick={copy}>
        Copy
      </button>
    </div>
  );
}
