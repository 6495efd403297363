// A story that stopped at a step says what did not come about, seldom why. So its run is brought to
// rest (faults heal, everybody hangs up), and the checkers that judge what has happened so far,
// rather than how it ended, say what they see. A request that was never answered, or a channel that
// is still held, is then named instead of the wait that it made vain.
import { CHECKERS } from "./checkers/all-checkers.ts";
import { StepFailure, type Environment } from "./environment/environment.ts";
import type { Complaints } from "./record/findings.ts";
import { collect, type RunRecord } from "./record/run-record.ts";
import { ImpossibleAction } from "@tapeline/simulator/pbx";

/** Of an unfinished run the others would complain that it is unfinished. */
const JUDGES: ReadonlySet<string> = new Set(["sip", "crossing", "crash", "pause", "vcm"]);
/** As long as a request without an answer is repeated (RFC 3261, timer F), and a little. */
const REST_LIMIT_MS = 40_000;
/** Nobody is on more calls than that. */
const HANG_UPS = 10;

export interface PostMortem {
  readonly record: RunRecord;
  /** Of each checker that was asked. */
  readonly complaints: readonly Complaints[];
}

/** null where there is nothing to examine: live runs, and a world that has broken. */
export async function postMortem(
  environment: Environment,
  error: unknown,
): Promise<PostMortem | null> {
  if (environment.mode === "live" || !(error instanceof StepFailure)) return null;
  environment.faults.heal();
  environment.note("the story has stopped: everybody hangs up");
  hangUpAll(environment);
  const isCleared = await comes(environment, "no call is left", () => {
    return environment.pbx.activeCalls().length === 0;
  });
  await comes(environment, "the recorder has finished all work", environment.isIdle);
  const record = await collect(environment, { listeners: [], catalog: [], leftovers: [] });
  const judges = CHECKERS.filter(({ name }) => JUDGES.has(name) && (isCleared || name !== "vcm"));
  const complaints = judges.map((judge) => ({ name: judge.name, texts: judge.check(record) }));
  return { record, complaints };
}

/** Why a run failed whose story has stopped: what the checkers saw, else the step alone. */
export function whyStopped(step: string, complaints: readonly Complaints[]): string {
  const first = complaints.find(({ texts }) => texts.length > 0);
  return first === undefined ? step : `${first.name}: ${first.texts.join("; ")}; then ${step}`;
}

function hangUpAll({ pbx }: Environment): void {
  const events = pbx.truth.conversations.flatMap((conversation) => conversation.events);
  for (const party of new Set(events.map((event) => event.party))) {
    try {
      for (let call = 0; call < HANG_UPS; call += 1) pbx.hangUp(party);
    } catch (error) {
      if (!(error instanceof ImpossibleAction)) throw error;
    }
  }
}

async function comes(
  environment: Environment,
  what: string,
  condition: Environment["isIdle"],
): Promise<boolean> {
  try {
    await environment.drive(environment.waitFor(what, condition, REST_LIMIT_MS));
    return true;
  } catch (error) {
    if (error instanceof StepFailure) return false;
    throw error;
  }
}
