// The test of one step: the recorder tries on its machine, and on the IP Office, what was typed.
import { useState } from "preact/hooks";
import type { SetupChecks, SetupSettings, SetupStep } from "../api/admin-types.ts";
import { api, type ApiProblem } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { StatusNote } from "../pieces/status-note.tsx";
import { FirewallWays } from "./firewall-ways.tsx";

export type Tested = SetupChecks;

interface StepTestProps {
  readonly step: SetupStep;
  readonly settings: SetupSettings;
  readonly tested: Tested | undefined;
  readonly onTested: (result: Tested) => void;
}

export function StepTest({ step, settings, tested, onTested }: StepTestProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const test = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      onTested(await api.post<SetupChecks>("/api/v1/setup/check", { step, settings }));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="step-test">
      <div class="step-test-head">
        <button
          type="button"
          class={tested === undefined ? "button button-main" : "button"}
          disabled={isBusy}
          onClick={() => void test()}
        >
          {isBusy ? "Testing…" : tested === undefined ? "Test this step" : "Test again"}
        </button>
        <span class="soft" role="status">
          {isBusy
            ? step === "offices"
              ? "Logging in; this takes up to 45 seconds when nobody answers."
              : "Trying it on this machine."
            : summary(tested)}
        </span>
      </div>
      <ProblemNote problem={problem} title="The step could not be tested" />
      {tested === undefined ? null : (
        <>
          <div class="status-list">
            {tested.checks.map(({ path, status, detail, remedy }, index) => (
              <StatusNote
                key={`${index} ${path}`}
                {...{ status, detail, remedy, title: titleOf(path) }}
              />
            ))}
          </div>
          {step === "ports" ? <FirewallWays ways={tested.firewall} /> : null}
        </>
      )}
    </div>
  );
}

function summary(tested: Tested | undefined): string {
  if (tested === undefined) return "";
  const problems = tested.checks.filter(({ status }) => status === "problem").length;
  if (problems > 0) return `${problems} ${problems === 1 ? "problem" : "problems"} found.`;
  const isWarned = tested.checks.some(({ status }) => status === "warning");
  return isWarned ? "It works; see the warnings." : "All good.";
}

/** The guide's own names for what the configuration calls otherwise. */
const TITLES: Readonly<Record<string, string>> = {
  "sip.port": "SIP Message Port:",
  "sip.tls": "SIP over TLS:",
  "rtp.port": "Active Recording RTP Port:",
  "rtp.range": "Active Recording RTP Ports:",
  "rtp.receiveBufferBytes": "Receive buffer:",
  "http.port": "Console:",
  "recorder.address": "Address:",
  "recorder.bind": "Bound:",
  "live.directory": "Live directory:",
  devlink3: "IP Office:",
};

function titleOf(path: string): string {
  return TITLES[path] ?? (path.startsWith("pools") ? "Pool:" : `${path}:`);
}
