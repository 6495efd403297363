// What the journals of a bundle say of the recording legs: how the INVITE was (transport, offer,
// session timer), what the audio was like (codec, SSRC changes, losses), when somebody paused, when
// the recorder was started again. Plain JSON, read without the recorder's codecs.
import type { SwarmFault, SwarmStep } from "@tapeline/simulator/people";

type Line = Readonly<Record<string, unknown>> & { readonly type: string; readonly at: string };

export interface JournalFacts {
  readonly steps: readonly SwarmStep[];
  readonly faults: readonly SwarmFault[];
  /** Of the first INVITE: udp, tcp or tls. */
  readonly transport: string | null;
}

const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 160;
/** A switch of the next INVITE is set so long before it. */
const BEFORE_INVITE_MS = 50;
const PCMA = 8;
/** How long a recorder that was started again had been away, where nobody knows. */
const RESTART_MS = 1_000;

export function factsOfJournals(texts: Iterable<string>, originMs: number): JournalFacts {
  const journals = [...texts].map(linesOf);
  const since = (at: string): number => Math.max(0, Math.round(Date.parse(at) - originMs));
  const all = journals.map((lines) => legFacts(lines, since));
  const restarts = new Map<number, SwarmFault>();
  for (const { restart } of all) if (restart !== null) restarts.set(restart.fromMs, restart);
  return {
    steps: all.flatMap(({ steps }) => steps),
    faults: [...all.flatMap(({ faults }) => faults), ...onceEach(restarts)],
    transport: all.find(({ transport }) => transport !== null)?.transport ?? null,
  };
}

/** Calls that went on over the same restart tell it a few ms apart. */
function onceEach(restarts: ReadonlyMap<number, SwarmFault>): readonly SwarmFault[] {
  const sorted = [...restarts.values()].toSorted((left, right) => left.fromMs - right.fromMs);
  return sorted.filter(({ fromMs }, index) => {
    const before = sorted[index - 1];
    return before === undefined || fromMs - before.fromMs > RESTART_MS;
  });
}

interface LegFacts {
  readonly steps: readonly SwarmStep[];
  readonly faults: readonly SwarmFault[];
  readonly restart: SwarmFault | null;
  readonly transport: string | null;
}

function legFacts(lines: readonly Line[], since: (at: string) => number): LegFacts {
  const of = (type: string): readonly Line[] => lines.filter((line) => line.type === type);
  const invite = of("sip").find(({ text }) => String(text).startsWith("INVITE "));
  const [media] = of("media");
  const told = of("association").at(-1)?.["extension"];
  const extension = typeof told === "string" ? told : "";
  const mediaMs = media === undefined ? null : since(media.at);
  const atSample = (sample: number): number => (mediaMs ?? 0) + sample / SAMPLES_PER_MS;
  const steps = ["pause", "resume"].flatMap((type) =>
    of(type)
      .filter(({ via }) => via === "api" || via === "dashboard")
      .map(({ at }): SwarmStep => {
        const what = type === "pause" ? "pauses" : "resumes";
        return { atMs: since(at), who: "supervisor", what, with: extension };
      }),
  );
  const gaps = mediaMs === null ? [] : of("gap");
  return {
    steps: extension === "" ? [] : steps,
    faults: [
      ...(invite === undefined ? [] : inviteFaults(invite, of("media"), since(invite.at))),
      ...gaps.filter(({ cause }) => cause === "loss").map((gap) => lossOf(gap, atSample)),
    ],
    restart: restartOf(gaps, atSample),
    transport: invite === undefined ? null : String(invite["transport"]),
  };
}

/** Nothing arrives for as long. */
function lossOf(gap: Line, atSample: (sample: number) => number): SwarmFault {
  const [from, samples] = [Number(gap["fromSample"]), Number(gap["samples"])];
  const [fromMs, toMs] = [atSample(from), atSample(from + samples)].map(Math.round);
  const value = { loss: { enter: 1, leave: 0, lossInBad: 1 } };
  return { fromMs: fromMs ?? 0, toMs: toMs ?? 0, what: "network.datagrams", value };
}

function restartOf(gaps: readonly Line[], atSample: (sample: number) => number): SwarmFault | null {
  const gap = gaps.find(({ cause }) => cause === "restart");
  if (gap === undefined) return null;
  const fromMs = Math.round(atSample(Number(gap["fromSample"])));
  const lastsMs = Math.max(RESTART_MS, Number(gap["samples"]) / SAMPLES_PER_MS);
  return { fromMs, toMs: Math.round(fromMs + lastsMs), what: "crash.process", value: true };
}

/** The switches of the simulated IP Office that make an INVITE and its audio like this one. */
function inviteFaults(invite: Line, media: readonly Line[], inviteMs: number): SwarmFault[] {
  const text = String(invite["text"]);
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const faults: [string, SwarmFault["value"]][] = [];
  const [, seconds, refresher = "uac"] =
    /^(?:Session-Expires|x)\s*:\s*(\d+)(?:.*refresher=(ua[cs]))?/im.exec(head) ?? [];
  if (seconds !== undefined) {
    const who = refresher === "uas" ? "recorder" : "pbx";
    faults.push(["sip.sessionExpires", { seconds: Number(seconds), refresher: who }]);
  }
  if (body.trim() === "") faults.push(["sip.offerless", true]);
  if (media[0]?.["payloadType"] === PCMA) faults.push(["sip.codec", "PCMA"]);
  const [first, second] = media;
  if (first !== undefined && second !== undefined && first["ssrc"] !== second["ssrc"]) {
    const samples = Number(second["sample"]) - Number(first["sample"]);
    const frames = Math.max(1, Math.round(samples / FRAME_SAMPLES));
    faults.push(["sip.changeSsrcEveryFrames", frames]);
  }
  const fromMs = Math.max(0, inviteMs - BEFORE_INVITE_MS);
  return faults.map(([what, value]) => ({
    fromMs,
    toMs: inviteMs + 2 * BEFORE_INVITE_MS,
    what,
    value,
  }));
}

/** Damaged lines are left out. */
function linesOf(text: string): readonly Line[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isLine(value) ? [value] : [];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}

function isLine(value: unknown): value is Line {
  const { type, at } = (value ?? {}) as Partial<Line>;
  return typeof type === "string" && typeof at === "string";
}

/** Losses of the DevLink3 link, of the rows of links.jsonl: not its first state, nor its end. */
export function linkLosses(
  links: string,
  span: readonly [fromMs: number, toMs: number],
): SwarmFault[] {
  const [originMs, endMs] = span;
  return linesOf(links)
    .filter(({ state, reason }) => state === "down" && reason !== "start")
    .map(({ at }) => Date.parse(at))
    .filter((atMs) => atMs > originMs && atMs < endMs)
    .map((atMs): SwarmFault => {
      const fromMs = Math.round(atMs - originMs);
      return { fromMs, toMs: fromMs, what: "network.reset", value: true };
    });
}
