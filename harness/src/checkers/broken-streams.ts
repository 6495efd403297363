// Requests of the IP Office that a stream did not carry to their answer: who broke it. A network
// that was told to, or a recorder that was not there, may; a recorder that runs keeps its streams
// and its port open (RFC 3261 §18.4, RFC 5923 §4).
import type { TruthLeg, UnsentRequest } from "@tapeline/simulator/pbx";
import type { FaultObservation } from "../environment/observations.ts";
import type { RunRecord } from "../record/run-record.ts";
import { downSpans } from "./lives.ts";

/** A connection is tried, and what came with it waits, for so long. */
const CONNECT_MS = 5_000;
/** A reset is heard of within this, over a slow network too. */
const RESET_MS = 1_000;
/** What is sent to a machine that has forgotten its streams is sent again so much later at most. */
const REPEATED_MS = 70_000;

export function checkStreams(record: RunRecord): string[] {
  return record.truth.conversations
    .flatMap(({ legs }) => legs)
    .flatMap((leg) => unexplained(record, leg))
    .map(({ sipCallId, method, detail }) => `${sipCallId}: ${method} could not be sent: ${detail}`);
}

function unexplained(
  record: RunRecord,
  { sipCallId, unsent = [] }: TruthLeg,
): readonly (UnsentRequest & { readonly sipCallId: string })[] {
  return unsent
    .filter((request) => !isOfRecorder(record, request) && !isOfNetwork(record, request))
    .map((request) => ({ ...request, sipCallId }));
}

/**
 * It was not there; or the stream went with its power, or with a process of whose end the network
 * told nothing, and it says so when it is asked.
 */
function isOfRecorder(record: RunRecord, { atMs, detail }: UnsentRequest): boolean {
  const isDown = downSpans(record).some(
    ({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + RESET_MS,
  );
  const blocked = blockedSpans(record.faults);
  const isUntold = (crashMs: number): boolean =>
    blocked.some(({ fromMs, toMs }) => fromMs <= crashMs && crashMs <= toMs);
  const hasForgotten = record.life
    .filter((life) => life.atMs <= atMs && life.atMs >= atMs - REPEATED_MS)
    .some((life) => life.kind === "power" || (life.kind === "process" && isUntold(life.atMs)));
  return isDown || (hasForgotten && detail.includes("ECONNRESET"));
}

function isOfNetwork({ faults }: RunRecord, { atMs, detail }: UnsentRequest): boolean {
  if (detail.includes("ECONNRESET")) {
    return faults.some(
      (fault) =>
        fault.text.startsWith("connections reset") &&
        fault.atMs <= atMs &&
        fault.atMs >= atMs - RESET_MS,
    );
  }
  return (
    detail.includes("ETIMEDOUT") &&
    blockedSpans(faults).some(({ fromMs, toMs }) => fromMs <= atMs && toMs >= atMs - CONNECT_MS)
  );
}

/** When the network carried nothing that streams sent, by the faults that a scenario made. */
export function blockedSpans(
  faults: RunRecord["faults"],
): readonly { readonly fromMs: number; readonly toMs: number }[] {
  return faults.flatMap(({ text, isHealing, atMs: fromMs }, index) => {
    if (isHealing || !/^network cut|^streams .*"stalled":true/.test(text)) return [];
    const end = faults.slice(index + 1).find((later) => isEndOf(later, text));
    return [{ fromMs, toMs: end?.atMs ?? Infinity }];
  });
}

/** A stalled stream outlasts a cut, and both outlast the healing of a disk. */
function isEndOf({ text, isHealing }: FaultObservation, blockage: string): boolean {
  if (text === "heal") return true;
  if (blockage.startsWith("streams")) return text.startsWith("streams");
  return isHealing && text.startsWith("network cut");
}
