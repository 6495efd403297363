// `tapeline-recorder inspect FILE`: a journal as a person reads it.
import { readFile } from "node:fs/promises";
import { parseJournal } from "../audio/journal.ts";
import type { JournalLine } from "../audio/journal-lines.ts";
import { systemCode } from "../errors.ts";
import { EXIT } from "./exit-codes.ts";

export async function inspectCommand(file: string, isJson: boolean): Promise<number> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    process.stderr.write(`${file} cannot be read (${systemCode(error) ?? "unknown"}).\n`);
    return EXIT.usage;
  }
  const journal = parseJournal(bytes);
  if (journal.lines.length === 0 && journal.unknown.length === 0) {
    process.stderr.write(`${file} is no journal: it has no line that can be read.\n`);
    return EXIT.usage;
  }
  if (isJson) {
    process.stdout.write(`${JSON.stringify(journal, null, 2)}\n`);
    return EXIT.ok;
  }
  for (const line of journal.lines) process.stdout.write(`${describe(line)}\n`);
  for (const { at, detail } of journal.problems) {
    process.stdout.write(`line ${at} cannot be read: ${detail}\n`);
  }
  if (journal.unknown.length > 0) {
    const types = [...new Set(journal.unknown.map(({ type }) => type))].join(", ");
    process.stdout.write(`lines of types that this version does not know: ${types}\n`);
  }
  if (journal.tornTail) process.stdout.write("the last line is torn\n");
  return EXIT.ok;
}

function describe(line: JournalLine): string {
  const seconds = (line.elapsedMs / 1000).toFixed(3).padStart(10);
  return `${seconds} s  sample ${String(line.sample).padStart(9)}  ${sentence(line)}`;
}

function sentence(line: JournalLine): string {
  switch (line.type) {
    case "header":
      return `recording ${line.recordingKey}, SIP Call-ID ${line.sipCallId}`;
    case "sip":
      return `${line.from} → ${line.to}  ${line.text.split("\r\n")[0] ?? ""}`;
    case "media":
      return `RTP from ${line.source}, SSRC ${line.ssrc}, payload type ${line.payloadType}`;
    case "association":
      return `call ${line.callKey ?? "unknown"}, part ${line.part ?? "?"}, agent ${line.agent ?? "unknown"} (rung ${line.rung})`;
    case "event":
      return `${line.kind} from sample ${line.fromSample} to ${line.toSample}: ${list(line.parties)}`;
    case "pause":
      return `paused from sample ${line.fromSample} by ${line.by} (${line.via})`;
    case "resume":
      return `resumed at sample ${line.toSample} by ${line.by} (${line.via})`;
    case "pauseRequest":
      return `${line.action} requested by ${line.by} (${line.via}): ${line.result}`;
    case "gap":
      return `gap of ${line.samples} samples from ${line.fromSample}: ${line.cause}`;
    case "rule":
      return `rule ${line.title} (${line.kind})`;
    case "statistics":
      return `${line.packetsReceived} packets, ${line.packetsLost} lost, jitter ${milliseconds(line.jitterMs)}, MOS ${line.mos ?? "not measured"}`;
    case "end":
      return `ended: ${line.reason}, ${line.outcome}${line.why ? ` (${line.why})` : ""}, ${line.samples} samples`;
    case "stored":
      return `stored in pool ${line.pool} on ${line.drive}, ${line.bytes} bytes`;
  }
}

// Journals of other versions may lack fields that this one always writes.

function list(items: readonly string[] | undefined): string {
  return items === undefined ? "?" : items.join(", ");
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "?" : `${value.toFixed(1)} ms`;
}
