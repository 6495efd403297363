// What a supervisor does about pauses, through the recorder's API; and what is then known of them
// for the checker: from the API's answer to the next request the pause is in force (R21).
import type { Agent, Supervisor } from "@tapeline/scenarios";
import { StepFailure, type Environment } from "../environment/environment.ts";
import { streamOf } from "./live-stream.ts";

/** Longest wait for a pause that others begin or end. */
const SEE_LIMIT_MS = 60_000;
const LOOK_MS = 100;

type Action = "pause" | "resume";
type Words =
  | "pauses"
  | "resumes"
  | "pausesRecordingOf"
  | "resumesRecordingOf"
  | "isRefused"
  | "seesPaused"
  | "seesRecordedAgain";

export function pausing(environment: Environment): Pick<Supervisor, Words> {
  const byAgent = (who: Agent, action: Action): Promise<string> =>
    Promise.resolve(`/api/v1/agents/${who.extension}/active-recording/${action}`);
  const byStream = async (who: Agent, action: Action): Promise<string> =>
    `/api/v1/recordings/${await streamOf(environment, who.extension)}/${action}`;
  const ask = async (who: Agent, action: Action, pathOf: typeof byAgent): Promise<string> => {
    environment.note(`a supervisor asks to ${action} ${who.extension}`);
    const path = await pathOf(who, action);
    const askedMs = environment.pbxNowMs();
    if (action === "resume") endPauses(environment, who, environment.pbxNowMs());
    const { status, body } = await environment.api("POST", path);
    if (status !== 200) throw new StepFailure(`${action} of ${who.extension}: HTTP ${status}`);
    if (action === "pause") beginPauses(environment, who, askedMs);
    return resultOf(body);
  };
  return {
    pauses: (who) => ask(who, "pause", byAgent),
    resumes: (who) => ask(who, "resume", byAgent),
    pausesRecordingOf: (who) => ask(who, "pause", byStream),
    resumesRecordingOf: (who) => ask(who, "resume", byStream),
    async isRefused(action, who) {
      environment.note(`a supervisor is refused to ${action} ${who.extension}`);
      const { status } = await environment.api("POST", await byAgent(who, action));
      if (status === 200) throw new StepFailure(`${action} of ${who.extension} was not refused`);
      return status;
    },
    async seesPaused(who) {
      beginPauses(environment, who, await look(environment, who, "PAUSED"));
    },
    async seesRecordedAgain(who) {
      endPauses(environment, who, await look(environment, who, "RECORDING"));
    },
  };
}

/** Resolves with the time at which the state was last seen to be another one. */
async function look(environment: Environment, who: Agent, wanted: string): Promise<number> {
  environment.note(`a supervisor waits until ${who.extension} is ${wanted}`);
  const endMs = environment.nowMs() + SEE_LIMIT_MS;
  let otherMs = environment.pbxNowMs();
  for (;;) {
    const askedMs = environment.pbxNowMs();
    const path = `/api/v1/agents/${who.extension}/active-recording`;
    const { body } = await environment.api("GET", path);
    const { state = "?" } = body as { readonly state?: string };
    if (state === wanted) return otherMs;
    otherMs = askedMs;
    if (environment.nowMs() >= endMs) {
      throw new StepFailure(`${who.extension} is ${state}, and never was ${wanted}`);
    }
    await environment.sleep(LOOK_MS);
  }
}

/**
 * A pause is of all recordings of the agent that the recorder knows when it is asked: of which it
 * has said something to the IP Office by then.
 */
function beginPauses(environment: Environment, who: Agent, askedMs: number): void {
  const { pauses, sip } = environment.observations;
  for (const { leg, extension, endedMs, sipCallId } of legsOf(environment)) {
    if (extension !== who.extension || endedMs !== null) continue;
    const isKnown = sip.some(
      ({ atMs, direction, text }) =>
        direction === "in" && atMs <= askedMs && text.includes(sipCallId),
    );
    if (!isKnown) continue;
    if (pauses.some((pause) => pause.leg === leg && pause.toMs === null)) continue;
    pauses.push({ leg, fromMs: environment.pbxNowMs(), toMs: null });
  }
}

function endPauses(environment: Environment, who: Agent, atMs: number): void {
  const legs = legsOf(environment).filter(({ extension }) => extension === who.extension);
  for (const pause of environment.observations.pauses) {
    if (legs.some(({ leg }) => leg === pause.leg)) pause.toMs ??= atMs;
  }
}

function legsOf(environment: Environment) {
  return environment.pbx.truth.conversations.flatMap(({ legs }) => legs);
}

function resultOf(body: unknown): string {
  const result = (body as { readonly result?: unknown } | null)?.result;
  return typeof result === "string" ? result : "?";
}
