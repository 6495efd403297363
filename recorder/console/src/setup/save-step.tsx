// The last step: what was tested and what not; save; what counts at once and what needs a restart,
// which can be done from here.
import { useState } from "preact/hooks";
import type { SetupSaved } from "../api/admin-types.ts";
import { api, type ApiProblem } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { Icon } from "../pieces/icon.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { StatusNote } from "../pieces/status-note.tsx";
import { StepHead } from "./step-head.tsx";
import type { StepParts } from "./step-parts.ts";
import type { Tested } from "./step-test.tsx";

interface SaveStepProps extends StepParts {
  readonly tested: Readonly<Partial<Record<string, Tested>>>;
  readonly onSaved: () => void;
}

const NAMES = { offices: "IP Office", recorder: "Address", ports: "Ports", storage: "Storage" };

export function SaveStep({ settings, view, tested, onSaved }: SaveStepProps) {
  const [isBusy, setBusy] = useState(false);
  const [saved, setSaved] = useState<SetupSaved | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const offices = settings.offices.filter(({ host }) => host !== "");
      const body = { settings: { ...settings, offices }, expectedRevision: view.revision };
      setSaved(await api.put<SetupSaved>("/api/v1/setup", body));
      onSaved();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <StepHead title="Save">
        Written to <span class="mono">{view.file}</span>; the file as it was stays beside it.
      </StepHead>
      <div class="status-list">
        {Object.entries(NAMES).map(([step, name]) => {
          const result = tested[step];
          return result === undefined ? (
            <StatusNote key={step} status="unknown" title={`${name}:`} detail="not tested" />
          ) : (
            <StatusNote
              key={step}
              status={result.isGood ? "good" : "problem"}
              title={`${name}:`}
              detail={result.isGood ? "tested, it works" : "tested, with problems"}
            />
          );
        })}
      </div>
      <ProblemNote problem={problem} title="The set-up was not saved" />
      {saved === null ? (
        <div>
          <button
            type="button"
            class="button button-main"
            disabled={isBusy}
            onClick={() => void save()}
          >
            {isBusy ? "Saving…" : "Save the configuration"}
          </button>
        </div>
      ) : (
        <Done saved={saved} />
      )}
    </>
  );
}

function Done({ saved }: { readonly saved: SetupSaved }) {
  const { needsRestart, failed, warnings, backup } = saved;
  return (
    <div class="stack" role="status">
      <div class="note">
        <Icon name="check" />
        <div>
          <p class="note-title">Saved.</p>
          <p>
            {backup === null ? "Nothing was different." : "The file before is "}
            {backup === null ? null : <span class="mono">{backup}</span>}
          </p>
        </div>
      </div>
      {failed.map(({ part, detail }) => (
        <StatusNote key={part} status="problem" title={`${part}:`} detail={detail} />
      ))}
      {warnings.map(({ path, detail, remedy }) => (
        <StatusNote key={path} status="warning" title={path} detail={detail} remedy={remedy} />
      ))}
      {needsRestart.length === 0 ? (
        <p>
          Everything is in force. Go to <a href="/system">System</a> and see the IP Office connect.
        </p>
      ) : (
        <Restart paths={needsRestart} />
      )}
    </div>
  );
}

function Restart({ paths }: { readonly paths: readonly string[] }) {
  const [state, setState] = useState<"needed" | "going" | "gone">("needed");
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const restart = async (): Promise<void> => {
    setState("going");
    try {
      await api.post("/api/v1/restart");
      setState("gone");
    } catch (error) {
      setProblem(problemOf(error));
      setState("needed");
    }
  };
  if (state === "gone") {
    return (
      <div class="note">
        <Icon name="check" />
        <div>
          <p class="note-title">The recorder starts anew.</p>
          <p>In a few seconds, sign in again with your key. With another port or address, there.</p>
        </div>
        <a class="button button-main" href="/system" target="_self">
          Go on
        </a>
      </div>
    );
  }
  return (
    <>
      <div class="note note-warn">
        <Icon name="warning" />
        <div>
          <p class="note-title">A restart is needed for some of it.</p>
          <p>
            Waiting: <span class="mono">{paths.join(", ")}</span>. Calls that are being recorded end
            in order; calls after the restart are recorded as set up.
          </p>
        </div>
        <button
          type="button"
          class="button"
          disabled={state === "going"}
          onClick={() => void restart()}
        >
          {state === "going" ? "Restarting…" : "Restart now"}
        </button>
      </div>
      <ProblemNote problem={problem} title="The recorder was not restarted" />
    </>
  );
}
