// Whether the recorder's files hold what was spoken, bit by bit: each frame is made again from its
// tag in the truth and compared at the place that its RTP timestamp gives it.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FRAME_SAMPLES, mixedFrame, type TruthLeg } from "@tapeline/simulator/pbx";

/** µ-law fill. */
const SILENCE = 0xff;
/** Problems told one by one; the rest is a number. */
const PROBLEMS_LIMIT = 20;

export interface Verification {
  /** Journals that are complete. */
  readonly recordings: number;
  /** By the journals' statistics. */
  readonly packetsReceived: number;
  /** Frames that were sent and do not stand at their place. */
  readonly framesLost: number;
  readonly problems: readonly string[];
}

/** Compares the live pairs in `liveDirectory` with what the legs spoke. */
export async function verifyRecordings(
  legs: readonly TruthLeg[],
  liveDirectory: string,
): Promise<Verification> {
  const missing = new Map(legs.map((leg) => [leg.sipCallId, leg]));
  const problems: string[] = [];
  let [recordings, packetsReceived, framesLost] = [0, 0, 0];
  for (const name of await readdir(liveDirectory)) {
    if (!name.endsWith(".vrtx")) continue;
    const key = name.slice(0, -".vrtx".length);
    const journal = readJournal(await readFile(join(liveDirectory, name), "utf8"));
    const leg = missing.get(String(journal.header["sipCallId"]));
    if (leg === undefined) {
      problems.push(`${key} is no call of the IP Office, or is there twice`);
      continue;
    }
    missing.delete(leg.sipCallId);
    recordings += 1;
    packetsReceived += Number(journal.statistics["packetsReceived"] ?? 0);
    const { outcome, why } = journal.end;
    if (outcome !== "ok") problems.push(`${key} is ${String(outcome)}: ${String(why)}`);
    const audio = await readFile(join(liveDirectory, `${key}.ul`));
    const lost = framesNotIn(audio, leg);
    framesLost += lost.length;
    if (lost.length > 0) {
      problems.push(`${key}: ${lost.length} of ${leg.frames.length} frames, first ${lost[0]}`);
    } else if (!endsAsItShould(audio, leg.frames.length * FRAME_SAMPLES, journal.tail)) {
      problems.push(`${key}: ${audio.length} bytes for ${leg.frames.length} frames`);
    }
  }
  for (const { sipCallId, frames } of missing.values()) {
    problems.push(`no complete recording of call ${sipCallId}`);
    framesLost += frames.length;
  }
  return { recordings, packetsReceived, framesLost, problems: shortened(problems) };
}

/** Numbers of the frames that the file does not hold at their place. */
function framesNotIn(audio: Uint8Array, leg: TruthLeg): number[] {
  const first = leg.frames[0];
  if (first === undefined) return [];
  return leg.frames.flatMap(({ timestamp, tag }) => {
    const sample = (timestamp - first.timestamp) | 0;
    const spoken = mixedFrame(tag, { law: "PCMU" });
    const recorded = audio.subarray(sample, sample + FRAME_SAMPLES);
    return Buffer.compare(spoken, recorded) === 0 ? [] : [tag.frame];
  });
}

/** Behind the last frame stands nothing, or silence up to a BYE that came late, told as such. */
function endsAsItShould(audio: Uint8Array, spokenBytes: number, tail: Line | null): boolean {
  if (tail === null) return audio.length === spokenBytes;
  const isTold = tail["fromSample"] === spokenBytes;
  const isWhole = audio.length === spokenBytes + Number(tail["samples"]);
  return isTold && isWhole && audio.subarray(spokenBytes).every((byte) => byte === SILENCE);
}

type Line = Readonly<Record<string, unknown>>;

function readJournal(text: string): {
  readonly header: Line;
  readonly statistics: Line;
  readonly end: Line;
  /** The gap between the last packet and a BYE that came late. */
  readonly tail: Line | null;
} {
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  const last = (type: string): Line => lines.findLast((line) => line["type"] === type) ?? {};
  const tail = lines.find(({ type, cause }) => type === "gap" && cause === "tail");
  return {
    header: last("header"),
    statistics: last("statistics"),
    end: last("end"),
    tail: tail ?? null,
  };
}

function shortened(problems: readonly string[]): readonly string[] {
  const more = problems.length - PROBLEMS_LIMIT;
  return more <= 0 ? problems : [...problems.slice(0, PROBLEMS_LIMIT), `and ${more} more`];
}
