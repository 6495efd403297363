// What a supervisor does about pauses, through the recorder's API; and what is then known of them
// for the checker: from the API's answer to the next request the pause is in force (R21). So it is
// when the recorder says that a live disk that hangs has not taken it (503 `pause-not-saved`).
import type { Agent, Supervisor } from "@tapeline/scenarios";
import { StepFailure, type ApiAnswer, type Environment } from "../environment/environment.ts";
import { didLiveDiskHang } from "../environment/live-disk.ts";
import { streamOf } from "./live-stream.ts";

/** Longest wait for a pause that others begin or end. */
const SEE_LIMIT_MS = 60_000;
const LOOK_MS = 100;
/** So long the recorder waits for the live disk before it says that a pause is not saved. */
const DISK_PATIENCE_MS = 10_000;
const UNSAVED = "pause-not-saved";

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
    const answer = await environment.api("POST", path);
    const isUnsaved = action === "pause" && isForTheDisk(environment, askedMs, answer);
    if (answer.status !== 200 && !isUnsaved) {
      throw new StepFailure(`${action} of ${who.extension}: ${wordsOf(answer)}`);
    }
    if (action === "pause") beginPauses(environment, who, { askedMs, isUnsaved });
    return isUnsaved ? UNSAVED : resultOf(answer.body);
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
      const askedMs = await look(environment, who, "PAUSED");
      beginPauses(environment, who, { askedMs, isUnsaved: false });
    },
    async seesRecordedAgain(who) {
      endPauses(environment, who, await look(environment, who, "RECORDING"));
    },
  };
}

/** Resolves with the time at which the state was last seen to be another one. */
async function look(environment: Environment, who: Agent, wanted: string): Promise<number> {
  environment.note(`a supervisor waits until ${who.extension} is ${wanted}`);
  const endMs = environment.deadlineMs(SEE_LIMIT_MS);
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
function beginPauses(
  environment: Environment,
  who: Agent,
  { askedMs, isUnsaved }: { readonly askedMs: number; readonly isUnsaved: boolean },
): void {
  const { pauses, sip } = environment.observations;
  for (const { leg, extension, endedMs, sipCallId } of legsOf(environment)) {
    if (extension !== who.extension || endedMs !== null) continue;
    const isKnown = sip.some(
      ({ atMs, direction, text }) =>
        direction === "in" && atMs <= askedMs && text.includes(sipCallId),
    );
    if (!isKnown) continue;
    if (pauses.some((pause) => pause.leg === leg && pause.toMs === null)) continue;
    const fromMs = environment.pbxNowMs();
    pauses.push({ leg, fromMs, toMs: null, ...(isUnsaved && { unsavedSinceMs: askedMs }) });
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

/** It is paused, and the live disk took nothing for as long as the recorder waits. */
function isForTheDisk(environment: Environment, fromMs: number, answer: ApiAnswer): boolean {
  const { faults } = environment.observations;
  const toMs = environment.pbxNowMs();
  const hasWaited = toMs - fromMs >= DISK_PATIENCE_MS;
  const isSaid = answer.status === 503 && codeOf(answer) === UNSAVED;
  return isSaid && hasWaited && didLiveDiskHang(faults, { fromMs, toMs });
}

function codeOf({ body }: ApiAnswer): string | null {
  const code = (body as { readonly error?: { readonly code?: unknown } } | null)?.error?.code;
  return typeof code === "string" ? code : null;
}

function wordsOf(answer: ApiAnswer): string {
  const code = codeOf(answer);
  return `HTTP ${answer.status}${code === null ? "" : ` ${code}`}`;
}

function resultOf(body: unknown): string {
  const result = (body as { readonly result?: unknown } | null)?.result;
  return typeof result === "string" ? result : "?";
}
