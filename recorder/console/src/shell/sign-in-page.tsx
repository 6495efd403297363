// Sign in with an API key. The key goes once in a body to the recorder and is kept nowhere in the
// page; a cookie that no script can read stands for it from then on.
import { useState } from "preact/hooks";
import type { ApiProblem } from "../api/client.ts";
import { isFirstStart } from "../api/first-start.ts";
import { problemOf } from "../api/resource.ts";
import { signIn } from "../api/sign-in.ts";
import { Field } from "../pieces/field.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";

export function SignIn() {
  const [key, setKey] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    signIn(key.trim()).catch((error: unknown) => {
      setBusy(false);
      setProblem(problemOf(error));
    });
  };
  return (
    <main class="alone">
      <form class="card sign-in" onSubmit={submit}>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>{isFirstStart.value ? "Set up Tapeline" : "Sign in to Tapeline"}</h1>
        <Field
          label={isFirstStart.value ? "One-time key" : "API key"}
          hint={
            isFirstStart.value
              ? "The recorder printed it where it was started. It is good for one sign-in."
              : "An administrator makes one with tapeline-recorder key create."
          }
        >
          {(ties) => (
            <input
              {...ties}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              required
              autoFocus
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <ProblemNote problem={problem} title={titleOf(problem)} />
        <button type="submit" class="button button-main" disabled={isBusy || key.trim() === ""}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

function titleOf(problem: ApiProblem | null): string {
  return problem?.status === 401 ? "The recorder does not know this key" : "Sign-in failed";
}
