// The page for an agent: whether one is being recorded, and one big button to pause that, as for a
// card number. Made for a phone beside the desk; sees only what the key's scope has.
import { useState } from "preact/hooks";
import { api, session } from "../api/client.ts";
import { useRefreshed } from "../api/refreshed.ts";
import { problemOf, useResource } from "../api/resource.ts";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Field } from "../pieces/field.tsx";
import { Icon } from "../pieces/icon.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { showToast } from "../pieces/toast.tsx";
import { place, setQuery } from "../shell/router.ts";
import "../styles/admin.css";
import "./agent.css";

const REFRESH_MS = 1_000;

type State = "NO_RECORDING" | "RECORDING" | "PAUSED";

const WORDS: Readonly<Record<State, { title: string; text: string }>> = {
  NO_RECORDING: { title: "Not recorded", text: "There is no recording of yours now." },
  RECORDING: { title: "Recording", text: "What is said is being recorded." },
  PAUSED: { title: "Paused", text: "What is said now is not in the recording." },
};

export default function AgentPage() {
  const scope = session.value?.extensions ?? null;
  const mapping = useResource("agents", (signal) =>
    api.get<Readonly<Record<string, string>>>("/api/v1/agents/mapping", {}, signal),
  );
  const known = mapping.data ?? {};
  const choices = scope ?? Object.keys(known);
  const asked = place.value.query.get("agent");
  const agent = choices.find((one) => one === asked) ?? (choices.length === 1 ? choices[0] : null);
  return (
    <div class="agent">
      <PageHead title="My recording" lead={agent === null ? undefined : nameOf(agent, known)} />
      <ProblemNote
        problem={mapping.problem}
        title="The agents could not be read"
        onRetry={mapping.reload}
      />
      {choices.length > 1 ? (
        <Field label="Whose recording">
          {(ties) => (
            <select
              {...ties}
              value={agent ?? ""}
              onChange={({ currentTarget }) => setQuery({ agent: currentTarget.value })}
            >
              {agent === null ? <option value="">Choose…</option> : null}
              {choices.map((one) => (
                <option key={one} value={one}>
                  {nameOf(one, known)}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {agent === null || agent === undefined ? (
        <NoAgent isLoading={mapping.isLoading} count={choices.length} />
      ) : (
        <OwnRecording key={agent} agent={agent} />
      )}
    </div>
  );
}

function nameOf(extension: string | undefined, known: Readonly<Record<string, string>>): string {
  if (extension === undefined) return "";
  // The API says "Name(201)", as desktop tools want it.
  return known[extension]?.replace(/ ?\(/, " (") ?? `Extension ${extension}`;
}

function NoAgent({ isLoading, count }: { readonly isLoading: boolean; readonly count: number }) {
  if (count > 1) return <p class="soft">Choose whose recording it is.</p>;
  if (isLoading) return <p class="soft">Asking the recorder…</p>;
  return (
    <EmptyState icon="agent" title="This key belongs to no agent">
      <p>
        An administrator makes a key for you with your extension:{" "}
        <span class="mono">tapeline-recorder key create --role agent --extensions 201</span>
      </p>
    </EmptyState>
  );
}

function OwnRecording({ agent }: { readonly agent: string }) {
  const address = `/api/v1/agents/${encodeURIComponent(agent)}/active-recording`;
  const { data, problem, reload } = useRefreshed<{ readonly state: State }>(address, REFRESH_MS);
  const [isBusy, setBusy] = useState(false);
  const state = data?.state ?? "NO_RECORDING";
  const act = async (action: "pause" | "resume"): Promise<void> => {
    setBusy(true);
    try {
      await api.post(`${address}/${action}`);
    } catch (error) {
      showToast(problemOf(error).remedy, "bad");
    } finally {
      setBusy(false);
      reload();
    }
  };
  const { title, text } = WORDS[state];
  const isPaused = state === "PAUSED";
  return (
    <>
      <ProblemNote
        problem={problem}
        title="Not up to date: the recorder does not answer"
        onRetry={reload}
      />
      <section
        class={`card agent-state agent-${state.toLowerCase()}`}
        aria-busy={data === undefined}
      >
        <span class="agent-sign">
          <Icon name={state === "NO_RECORDING" ? "stop" : isPaused ? "pause" : "listen"} />
        </span>
        <div role="status">
          <p class="agent-title">{data === undefined ? "Asking…" : title}</p>
          <p class="soft">{text}</p>
        </div>
        <button
          type="button"
          class={isPaused ? "button button-main agent-button" : "button agent-button"}
          disabled={isBusy || state === "NO_RECORDING"}
          onClick={() => void act(isPaused ? "resume" : "pause")}
        >
          <Icon name={isPaused ? "play" : "pause"} />
          {isPaused ? "Resume the recording" : "Pause the recording"}
        </button>
      </section>
      <p class="soft agent-hint">
        Pause before somebody says what must not be recorded, as a card number, and resume after it.
        The pause stands in the recording as a tone.
      </p>
    </>
  );
}
