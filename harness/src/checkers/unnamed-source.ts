// A call whose RTP source nobody has named: its INVITE had no SDP, and the ACK with the answer was
// lost. While another call on the same port lacks media, too, its packets may be of either: they
// are RTP_AMBIGUOUS, and a recording that got none of them says "no-media" (design.md §5, "Which
// packet belongs to which call").
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { placeFrames } from "../record/leg-audio.ts";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { wireMessages } from "./sip-wire.ts";

/** After so much silence another source of the same address may follow. */
const SILENCE_MS = 1_000;
/** So much before its INVITE, or its last packet from elsewhere, a call's source may begin. */
const EARLIER_MS = 100;

/** Its packets arrived, and at none of them could the recorder tell that they were its. */
export function isAmbiguous(record: RunRecord, leg: TruthLeg, recording: RecordedFile): boolean {
  const isSilent = entries(recording, "end")[0]?.["why"] === "no-media";
  if (!isSilent || recording.audio?.length !== 0 || isNamed(record, leg)) return false;
  const [firstMs, ...laterMs] = arrivals(record, leg);
  const port = portOf(record, leg);
  if (firstMs === undefined || port === null) return false;
  const others = record.truth.conversations
    .flatMap(({ legs }) => legs)
    .filter((other) => other !== leg && portOf(record, other) === port)
    .map((other) => ({ other, heardMs: arrivals(record, other) }));
  // A single packet is held until the next one comes.
  return laterMs.every((atMs) =>
    others.some(
      ({ other, heardMs }) =>
        isUp(record, other, { firstMs, atMs }) && lacksMedia(heardMs, { firstMs, atMs }),
    ),
  );
}

interface Moment {
  readonly firstMs: number;
  readonly atMs: number;
}

/** An SDP of the IP Office has reached the recorder while the call was up. */
function isNamed(record: RunRecord, { sipCallId, endedMs }: TruthLeg): boolean {
  return wireMessages(record).some(
    ({ callId, from, arrivedMs, text }) =>
      callId === sipCallId &&
      from === "pbx" &&
      (arrivedMs ?? Infinity) < (endedMs ?? Infinity) &&
      /^m=audio /m.test(text),
  );
}

/** Where the recorder listens for it. */
function portOf(record: RunRecord, { sipCallId }: TruthLeg): string | null {
  const answer = wireMessages(record).find(
    ({ callId, from, text }) =>
      callId === sipCallId && from === "recorder" && /^m=audio /m.test(text),
  );
  return /^m=audio (\d+)/m.exec(answer?.text ?? "")?.[1] ?? null;
}

function isUp(record: RunRecord, { sipCallId, endedMs }: TruthLeg, moment: Moment): boolean {
  const invite = wireMessages(record).find(
    ({ callId, method, arrivedMs }) =>
      callId === sipCallId && method === "INVITE" && arrivedMs !== null,
  );
  const beganMs = invite?.arrivedMs ?? Infinity;
  return (
    beganMs <= Math.min(moment.atMs, moment.firstMs + EARLIER_MS) &&
    moment.atMs < (endedMs ?? Infinity)
  );
}

/** Nothing of it came so far; or it fell silent before the packets in doubt began. */
function lacksMedia(heardMs: readonly number[], { firstMs, atMs }: Moment): boolean {
  const lastMs = heardMs.findLast((oneMs) => oneMs <= atMs);
  if (lastMs === undefined) return true;
  return atMs - lastMs >= SILENCE_MS && lastMs <= firstMs + EARLIER_MS;
}

/** When its packets came, in order. */
function arrivals(record: RunRecord, leg: TruthLeg): readonly number[] {
  const nothing = { recordingKey: "", journal: [], isInProgress: false, audio: null };
  const { unplaced } = placeFrames(record, leg, { ...nothing, livePath: null, stored: [] });
  return unplaced
    .flatMap(({ arrivedMs }) => (arrivedMs === null ? [] : [arrivedMs]))
    .sort((one, other) => one - other);
}
