// A journal as a person reads it: head, ladder of SIP messages with arrows between IP Office and
// recorder, and between them what happened to the audio; below it pauses, events and gaps in sum.
// Pure. formats.md, "The journal".
import { linesOfType, type JournalContent } from "../audio/journal.ts";
import type { JournalLine, SipLine } from "../audio/journal-lines.ts";

const SAMPLES_PER_MS = 8;
/** Between the two lines of the ladder. */
const LADDER_COLUMNS = 80;
const INDENT = "      ";

export function journalText(journal: JournalContent): string {
  const lines = [
    ...headLines(journal.lines),
    "",
    ...ladderLines(journal.lines),
    "",
    ...summaryLines(journal.lines),
    ...troubleLines(journal),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

// ---- Head ---------------------------------------------------------------------------------------

function headLines(lines: readonly JournalLine[]): string[] {
  const header = linesOfType(lines, "header")[0];
  const association = linesOfType(lines, "association").at(-1);
  const end = linesOfType(lines, "end").at(-1);
  const stream = streamOf(association) ?? header?.liveStreamId ?? "unknown";
  const rows: [string, string][] = [
    ["recordingId", header?.recordingKey ?? "unknown"],
    ["sipCallId", header?.sipCallId ?? "unknown"],
    ["liveStreamId", stream],
    ["began", header?.at ?? "unknown"],
  ];
  if (association !== undefined) {
    const { callKey, part, deviceCallId, endId, agent, extension, rung, parties } = association;
    rows.push(
      ["call", `${callKey ?? "unknown"}, part ${part ?? "?"}`],
      ["device call", `${deviceCallId ?? "unknown"}, end ${endId ?? "unknown"}`],
      ["agent", `${agent ?? "unknown"} (${extension ?? "?"}), associated by rung ${rung}`],
      ["parties", list(parties)],
    );
  }
  if (end === undefined) rows.push(["ended", "not yet, or the recorder was killed"]);
  else {
    const why = end.why ? ` (${end.why})` : "";
    const recovered = end.recovered === true ? ", recovered after a crash" : "";
    rows.push(["ended", `${end.reason}, ${end.outcome}${why}, ${clock(end.samples)}${recovered}`]);
  }
  return rows.map(([name, text]) => `${name.padEnd(13)} ${text}`);
}

function streamOf(line: object | undefined): string | null {
  const value = line !== undefined && "liveStreamId" in line ? line.liveStreamId : null;
  return typeof value === "string" ? value : null;
}

// ---- Ladder -------------------------------------------------------------------------------------

function ladderLines(lines: readonly JournalLine[]): string[] {
  const sip = linesOfType(lines, "sip")[0];
  const [office, recorder] =
    sip === undefined
      ? ["?", "?"]
      : sip.direction === "in"
        ? [sip.from, sip.to]
        : [sip.to, sip.from];
  const left = `IP Office ${office}`;
  const right = `recorder ${recorder}`;
  const gap = Math.max(2, LADDER_COLUMNS + 2 - left.length - right.length);
  const head = `${"seconds".padStart(12)}  ${"sample".padStart(16)}  ${left}${" ".repeat(gap)}${right}`;
  return [head, ...lines.map((line) => `${stamp(line)}  ${rung(line)}`)];
}

function stamp({ elapsedMs, sample }: JournalLine): string {
  const seconds = (elapsedMs / 1000).toFixed(3).padStart(10);
  return `${seconds} s  sample ${String(sample).padStart(9)}`;
}

function rung(line: JournalLine): string {
  if (line.type === "sip") return arrow(line);
  return `│ ${sentence(line)}`;
}

function arrow(line: SipLine): string {
  const label = ` ${firstLine(line)} `;
  const bar = "─".repeat(Math.max(2, LADDER_COLUMNS - 3 - label.length));
  const drawn = line.direction === "in" ? `│──${label}${bar}▶│` : `│◀${bar}${label}──│`;
  return `${drawn}  ${aside(line)}`;
}

function firstLine({ text }: SipLine): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** By which way, and what a session description says of the audio. */
function aside({ text, transport, direction, from, to }: SipLine): string {
  const media = /^m=(audio .*)$/m.exec(text)?.[1]?.trim();
  const place = /^c=IN IP[46] (\S+)/m.exec(text)?.[1];
  const described = media === undefined ? "" : `, ${media}${place ? ` at ${place}` : ""}`;
  return `${transport} ${direction === "in" ? from : to}${described}`;
}

/** One line of the journal in words. */
function sentence(line: JournalLine): string {
  switch (line.type) {
    case "header":
      return `recording ${line.recordingKey}, SIP Call-ID ${line.sipCallId}`;
    case "sip":
      return `${line.from} → ${line.to}  ${firstLine(line)}`;
    case "media":
      return `RTP from ${line.source}, SSRC ${line.ssrc}, payload type ${line.payloadType}, ${line.leadMs} ms after the answer`;
    case "association":
      return `call ${line.callKey ?? "unknown"}, part ${line.part ?? "?"}, agent ${line.agent ?? "unknown"} (rung ${line.rung}${line.late === true ? ", late" : ""})`;
    case "event":
      return `${line.kind} from sample ${line.fromSample} to ${line.toSample}: ${list(line.parties)}`;
    case "pause":
      return `paused from sample ${line.fromSample} by ${line.by} (${line.via}), filled with ${line.fill}`;
    case "resume":
      return `resumed at sample ${line.toSample} by ${line.by} (${line.via})`;
    case "pauseRequest":
      return `${line.action} requested by ${line.by} (${line.via}): ${line.result}`;
    case "gap":
      return `gap of ${line.samples} samples from ${line.fromSample}: ${line.cause}`;
    case "rule":
      return `rule ${line.title} (${line.kind}${line.record === false ? ", against recording" : ""})`;
    case "statistics":
      return `${line.packetsReceived} packets, ${line.packetsLost} lost, jitter ${milliseconds(line.jitterMs)}, MOS ${line.mos ?? "not measured"}`;
    case "end":
      return `ended: ${line.reason}, ${line.outcome}${line.why ? ` (${line.why})` : ""}, ${line.samples} samples`;
    case "stored":
      return `stored in pool ${line.pool} on ${line.drive}, ${line.bytes} bytes`;
  }
}

// ---- Sums ---------------------------------------------------------------------------------------

function summaryLines(lines: readonly JournalLine[]): string[] {
  return [...pauseLines(lines), ...eventLines(lines), ...gapLines(lines)];
}

function pauseLines(lines: readonly JournalLine[]): string[] {
  const resumes = linesOfType(lines, "resume");
  const pauses = linesOfType(lines, "pause").map((pause) => {
    const resume = resumes.find(({ fromSample }) => fromSample === pause.fromSample);
    const to = resume === undefined ? "the end" : clock(resume.toSample);
    return `${INDENT}${clock(pause.fromSample)} – ${to} by ${pause.by} (${pause.via})`;
  });
  const requests = linesOfType(lines, "pauseRequest").map(
    ({ action, by, via, receivedAt, result }) =>
      `${INDENT}${action} asked for by ${by} (${via}) at ${receivedAt}: ${result}`,
  );
  return [...titled("pauses", pauses), ...titled("pause requests", requests)];
}

function eventLines(lines: readonly JournalLine[]): string[] {
  const events = linesOfType(lines, "event").map(
    ({ kind, fromSample, toSample, parties }) =>
      `${INDENT}${clock(fromSample)} – ${clock(toSample)}  ${kind}: ${list(parties)}`,
  );
  return titled("events", events);
}

function gapLines(lines: readonly JournalLine[]): string[] {
  const sums = new Map<string, { count: number; samples: number }>();
  for (const { cause, samples } of linesOfType(lines, "gap")) {
    const sum = sums.get(cause) ?? { count: 0, samples: 0 };
    sums.set(cause, { count: sum.count + 1, samples: sum.samples + samples });
  }
  const told = [...sums].map(
    ([cause, { count, samples }]) => `${INDENT}${cause}: ${count}, ${clock(samples)} in all`,
  );
  return titled("gaps", told);
}

function titled(title: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [`${title}: none`] : [`${title}:`, ...rows];
}

function troubleLines({ problems, unknown, tornTail }: JournalContent): string[] {
  const lines = problems.map(({ at, detail }) => `line ${at} cannot be read: ${detail}`);
  const types = [...new Set(unknown.map(({ type }) => type))].join(", ");
  if (types !== "") lines.push(`lines of types that this version does not know: ${types}`);
  if (tornTail) lines.push("the last line is torn");
  return lines;
}

/** "1:02.500": place or length in the recording. */
function clock(samples: number): string {
  const ms = Math.round(samples / SAMPLES_PER_MS);
  const minutes = Math.floor(ms / 60_000);
  return `${minutes}:${((ms % 60_000) / 1000).toFixed(3).padStart(6, "0")}`;
}

// Journals of other versions may lack fields that this one always writes.

function list(items: readonly string[] | undefined): string {
  return items === undefined ? "?" : items.join(", ");
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "?" : `${value.toFixed(1)} ms`;
}
