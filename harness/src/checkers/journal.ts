// journal: the grammar of formats.md: header first, every field of every line, stamps that never
// run back, end last; and all SIP messages that made the dialog are in it (R20).
import type { TruthLeg } from "@tapeline/simulator/pbx";
import type { JournalEntry, RecordedFile, RunRecord } from "../record/run-record.ts";
import { legOf } from "../record/leg-audio.ts";
import { entries } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import { withoutKeys } from "./keys.ts";
import { isLeftToPower, lostSinceMs, powerWindows } from "./frame-duty.ts";
import { downSpans } from "./lives.ts";
import { isNearly } from "./sip-answers.ts";
import { changedRequests, nameOf, wireMessages, type WireMessage } from "./sip-wire.ts";

type Kind = "text" | "number" | "list" | "textOrNull" | "numberOrNull";

/** Fields beside the stamps, by type of line (formats.md, "The journal"). */
const FIELDS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  header: {
    ...{ format: "text", version: "number", recordingKey: "text", recorder: "text" },
    ...{ files: "list", codec: "text", sampleRate: "number", sipCallId: "text" },
  },
  sip: { direction: "text", transport: "text", from: "text", to: "text", text: "text" },
  media: { source: "text", ssrc: "number", payloadType: "number", leadMs: "number" },
  association: {
    ...{ callKey: "textOrNull", part: "numberOrNull", deviceCallId: "textOrNull" },
    ...{ endId: "textOrNull", agent: "textOrNull", extension: "textOrNull", parties: "list" },
  },
  event: {
    ...{ eventId: "text", kind: "text", fromSample: "number", toSample: "number" },
    parties: "list",
  },
  pause: { fromSample: "number", by: "text", via: "text", fill: "text" },
  resume: { fromSample: "number", toSample: "number", by: "text", via: "text", fill: "text" },
  pauseRequest: { by: "text", via: "text", action: "text", receivedAt: "text", result: "text" },
  gap: { fromSample: "number", samples: "number", cause: "text" },
  rule: { title: "text", kind: "text" },
  statistics: {
    ...{ packetsReceived: "number", packetsLost: "number", packetsLate: "number" },
    ...{ packetsDuplicate: "number", packetsStray: "number", jitterMs: "number" },
    mos: "numberOrNull",
  },
  end: { reason: "text", outcome: "text", samples: "number", sha256: "text" },
  stored: { pool: "text", drive: "text", bytes: "number", sha256: "text", encoder: "text" },
};

/** A `media` line tells of its packet, which the start of a recording may have held for a while. */
const MEDIA_BACK_MS = 250;
/** A kill may cost 500 ms of audio. */
const LOST_SAMPLES = 4_000;
/** Their messages set up, change and end a dialog. */
const DIALOG_METHODS = new Set(["INVITE", "ACK", "BYE", "UPDATE"]);
/** A message that came so shortly before a crash may not be on the disk: lines wait like audio. */
const CRASH_MS = 1_000;

export const journalChecker: Checker = {
  name: "journal",
  check(record: RunRecord) {
    const wire = wireMessages(record);
    return record.recordings.flatMap((recording) =>
      [...checkForm(record, recording), ...checkSip(record, recording, wire)]
        .slice(0, MAXIMUM_COMPLAINTS)
        .map((text) => `${recording.recordingKey}: ${text}`),
    );
  },
};

/**
 * After a power cut lines and samples may be missing that others speak of; what is there is whole.
 */
function checkForm(record: RunRecord, recording: RecordedFile): string[] {
  const leg = legOf(record, recording);
  const isLeft = leg === null || isLeftToPower(record, leg);
  if (isLeft) {
    const journal = recording.journal.filter(({ type }) => type !== "unreadable");
    return checkLines({ ...recording, journal });
  }
  const journal = recording.journal.filter((_, index) => !isTorn(record, recording, index));
  return [...checkLines({ ...recording, journal }), ...checkOrder({ ...recording, journal })];
}

/** Sectors of lines that had not been synced when the power failed; what follows may be whole. */
function isTorn(record: RunRecord, recording: RecordedFile, index: number): boolean {
  const leg = legOf(record, recording);
  const [line, ...later] = recording.journal.slice(index);
  const next = later.find(({ type }) => type !== "unreadable");
  if (line?.type !== "unreadable" || leg === null || next === undefined) return false;
  const nextMs = leg.invitedMs + next.elapsedMs;
  return powerWindows(record).some(({ fromMs, toMs }) => nextMs >= fromMs && nextMs <= toMs);
}

function checkLines({ journal, recordingKey }: RecordedFile): string[] {
  const complaints: string[] = [];
  const [header] = journal;
  if (header?.type !== "header") complaints.push("does not begin with a header");
  else if (header["format"] !== "tapeline-vrtx" || header["recordingKey"] !== recordingKey) {
    complaints.push("has the header of something else");
  }
  for (const [index, line] of journal.entries()) {
    const fields = FIELDS[line.type];
    if (fields === undefined) {
      complaints.push(`line ${index + 1} has the type ${line.type}`);
      continue;
    }
    const wrong = Object.entries(fields).find(([field, kind]) => !isKind(line[field], kind));
    if (wrong !== undefined) complaints.push(`line ${index + 1} (${line.type}) lacks ${wrong[0]}`);
  }
  return complaints;
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === "list") return Array.isArray(value);
  if (value === null) return kind === "textOrNull" || kind === "numberOrNull";
  return typeof value === (kind.startsWith("text") ? "string" : "number");
}

function checkOrder({ journal }: RecordedFile): string[] {
  const complaints: string[] = [];
  // A line may be on the disk and the audio before it not yet when the process is killed.
  const isRecovered = journal.some(({ type, recovered }) => type === "end" && recovered === true);
  const lostSamples = isRecovered ? LOST_SAMPLES : 0;
  let last: Pick<JournalEntry, "elapsedMs" | "sample"> = { elapsedMs: 0, sample: 0 };
  for (const [index, line] of journal.entries()) {
    if (index > 0 && line.type === "header") complaints.push("has a second header");
    const backMs = last.elapsedMs - line.elapsedMs;
    if (backMs > (line.type === "media" ? MEDIA_BACK_MS : 0)) {
      complaints.push(`time runs back at line ${index + 1}`);
    }
    if (line.sample < last.sample - lostSamples) {
      complaints.push(`samples run back at line ${index + 1}`);
    }
    if (Number.isNaN(Date.parse(line.at))) complaints.push(`line ${index + 1} has no time`);
    last = { elapsedMs: Math.max(last.elapsedMs, line.elapsedMs), sample: line.sample };
  }
  const end = journal.findIndex(({ type }) => type === "end");
  const after = end < 0 ? [] : journal.slice(end + 1);
  if (after.some(({ type }) => type !== "stored")) complaints.push("goes on after its end");
  return complaints;
}

/** Every message of the dialog that the recorder sent or got, once; repeats need not be there. */
function checkSip(
  record: RunRecord,
  recording: RecordedFile,
  wire: readonly WireMessage[],
): string[] {
  const lines = entries(recording, "sip");
  const leg = legOf(record, recording);
  if (leg === null || isLeftToPower(record, leg)) return [];
  if (lines.length === 0) return ["holds no SIP message (R20)"];
  const sipCallId = entries(recording, "header")[0]?.["sipCallId"];
  const told = new Set(lines.map(({ text }) => withoutKeys(String(text))));
  const changed = changedRequests(record);
  const own = wire.filter(({ callId }) => callId === sipCallId);
  const missing = own
    .filter(({ cseq }) => DIALOG_METHODS.has(cseq.method))
    .filter((message) => !isBehindBye(own, message) && !isAckOfRefusal(own, message))
    .filter((message) => !isPutOff(record, own, message))
    .filter((message) => !isBehindOurs(record, { leg, recording, own }, message))
    // What was changed on the way is refused without a look at any dialog.
    .filter((message) => !(message.status === 400 && changed.some((one) => isNearly(one, message))))
    .filter(({ status }) => status === null || status >= 200)
    .filter((message) => isKnown(record, message) && !told.has(withoutKeys(message.text)));
  const names = missing.map((message) => `does not hold the ${nameOf(message)} of the wire`);
  return [...new Set(names)];
}

/** It ends the INVITE's transaction and is none of the dialog's messages.  RFC 3261 §17.1.1.3 */
function isAckOfRefusal(own: readonly WireMessage[], { method, cseq }: WireMessage): boolean {
  if (method !== "ACK") return false;
  return own.some(
    (one) =>
      one.cseq.number === cseq.number && one.cseq.method === "INVITE" && (one.status ?? 0) >= 300,
  );
}

/** What a BYE overtook belongs to no dialog any more. */
function isBehindBye(own: readonly WireMessage[], message: WireMessage): boolean {
  if (message.cseq.method === "BYE") return isOfCrossedBye(own, message);
  const byes = own.filter((one) => one.method === "BYE");
  const overMs = Math.min(...byes.map((bye) => knownMs(bye) ?? Infinity));
  const atMs = knownMs(message);
  return atMs !== null && atMs >= overMs;
}

/** Where two BYEs cross, the answer to ours may come when theirs has ended all. */
function isOfCrossedBye(
  own: readonly WireMessage[],
  { from, status, arrivedMs }: WireMessage,
): boolean {
  if (from !== "pbx" || status === null || arrivedMs === null) return false;
  const theirs = own.find((one) => one.from === "pbx" && one.method === "BYE");
  return (theirs?.arrivedMs ?? Infinity) <= arrivedMs;
}

/**
 * It came to no process, or to one that had still to read the dialog back from its journal: nothing
 * is said then, for over UDP it comes again.
 */
function isPutOff(
  record: RunRecord,
  own: readonly WireMessage[],
  { from, arrivedMs, cseq }: WireMessage,
): boolean {
  if (from === "recorder" || arrivedMs === null) return false;
  const answers = own.filter((one) => one.from === "recorder" && one.cseq.number === cseq.number);
  return downSpans(record).some(({ fromMs, toMs }) => {
    if (arrivedMs < fromMs || arrivedMs > toMs) return false;
    return answers.every(({ sentMs }) => sentMs < fromMs || sentMs > toMs);
  });
}

/**
 * Two BYEs crossed, and the process ended: by its journal ours had ended the dialog, and when
 * theirs came again, the next process had ended the recording. The dialog is not there, it says.
 */
function isBehindOurs(
  { life }: RunRecord,
  about: {
    readonly leg: TruthLeg;
    readonly recording: RecordedFile;
    readonly own: readonly WireMessage[];
  },
  message: WireMessage,
): boolean {
  const { leg, recording, own } = about;
  const { from, status, cseq } = message;
  const [end] = entries(recording, "end");
  const ours = own.find((one) => one.from === "recorder" && one.method === "BYE");
  const atMs = knownMs(message);
  const isTheirs = from === "pbx" ? status === null : status === 481;
  if (cseq.method !== "BYE" || !isTheirs || ours === undefined || atMs === null) return false;
  const hasCrashed = life.some(
    (one) => one.kind !== "ready" && one.atMs >= ours.sentMs && one.atMs <= atMs,
  );
  const isOver = end?.["reason"] === "local-bye" && leg.invitedMs + end.elapsedMs <= atMs;
  return hasCrashed && isOver;
}

/** When the recorder sent it or got it; null = it never came. */
function knownMs({ from, sentMs, arrivedMs }: WireMessage): number | null {
  return from === "recorder" ? sentMs : arrivedMs;
}

/** The recorder was there when it sent or got the message. */
function isKnown(record: RunRecord, message: WireMessage): boolean {
  const atMs = knownMs(message);
  if (atMs === null) return false;
  return record.life.every((crash) => {
    if (crash.kind === "ready") return true;
    const lostFromMs = Math.min(crash.atMs - CRASH_MS, lostSinceMs(record, crash));
    return atMs < lostFromMs || atMs > crash.atMs + CRASH_MS;
  });
}
