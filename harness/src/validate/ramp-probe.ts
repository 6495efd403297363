// The ramp: how many recordings at the same time the path carries before a threshold breaks. Each
// level holds so many calls for a while, new ones every time; ramp.ts says which level is next.
import type { RampResult, TrafficRow, ValidationItem } from "@tapeline/reports";
import { CallSet, type SetCall } from "./call-set.ts";
import { failed, passed, warned, worstVerdict, type ItemHead } from "./item.ts";
import { judgeMedia, mediaSeries, readMedia } from "./judge-media.ts";
import { mediaFacts, talk } from "./media-probe.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { afterLevel, mostLevels, nextLevel, RAMP_START } from "./ramp.ts";
import type { StreamFacts } from "./rtp-stream.ts";
import { callTraffic, signallingTraffic } from "./traffic.ts";
import { sleep } from "./waiting.ts";
import { milliseconds, percent } from "./words.ts";

/** A level is held so long at least: one receiver report comes after 5 s, a second after 10 s. */
const SHORTEST_LEVEL_MS = 6_000;
const LONGEST_LEVEL_MS = 60_000;
const BETWEEN_CALLS_MS = 20;
/** Full load is kept up to the level above: 80 kbit/s a call at IP. */
const BITS_A_CALL = 80_000;

type Step = RampResult["steps"][number];

export const rampProbe: Probe = {
  name: "ramp",
  isWanted: ({ rampTo }) => rampTo !== null,
  plan,
  run,
};

/** --minutes are shared among the levels. */
function levelMs({ minutes, rampTo }: ValidateOptions): number {
  const shared = (minutes * 60_000) / mostLevels(rampTo ?? 1);
  return Math.min(LONGEST_LEVEL_MS, Math.max(SHORTEST_LEVEL_MS, shared));
}

function plan(options: ValidateOptions): TrafficRow[] {
  const most = options.rampTo ?? 1;
  const levels = mostLevels(most);
  const seconds = (levels * levelMs(options)) / 1000;
  return [
    signallingTraffic(options, levels * most),
    ...callTraffic(options, { calls: most, seconds }).map((row) => ({
      ...row,
      what: `${row.what}, at most`,
    })),
  ];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options } = context;
  const most = options.rampTo ?? 1;
  const steps: Step[] = [];
  const broken: ValidationItem[] = [];
  let state = RAMP_START;
  let best: readonly StreamFacts[] = [];
  for (let calls = nextLevel(state, most); calls !== null; calls = nextLevel(state, most)) {
    const level = await holdLevel(context, calls);
    const hasHeld = level.step.verdict !== "fail";
    if (hasHeld && calls > state.held) best = level.streams;
    if (!hasHeld) broken.push(...level.items.filter(({ verdict }) => verdict === "fail"));
    steps.push(level.step);
    state = afterLevel(state, calls, hasHeld);
    context.progress(stepText(level.step));
    if (context.isStopped()) break;
  }
  const [first] = broken;
  const ramp: RampResult = {
    asked: most,
    carried: state.held,
    brokenBy: first === undefined ? null : `${first.title}: ${first.measured}`,
    steps,
  };
  const facts = mediaFacts(context, { calls: [], streams: best, packetsByApi: null });
  return {
    items: [judgeRamp(ramp, context, first ?? null), ...levelItems(facts, best)],
    series: mediaSeries(best),
    ramp,
  };
}

/** The quality at the highest level that held. */
function levelItems(
  facts: Parameters<typeof judgeMedia>[0],
  streams: readonly StreamFacts[],
): ValidationItem[] {
  const count = streams.length;
  if (count === 0) return [];
  const asked = { ...facts, callsAsked: count, callsAnswered: count };
  return judgeMedia(asked).filter(({ id }) => id !== "media.calls");
}

async function holdLevel(
  context: ProbeContext,
  calls: number,
): Promise<{ step: Step; streams: StreamFacts[]; items: ValidationItem[] }> {
  const { options, ports } = context;
  const { recorder } = options.target;
  const set = new CallSet({ recorder, localHost: options.localHost }, ports);
  await set.start();
  const begun: Promise<SetCall>[] = [];
  for (let number = 0; number < calls; number += 1) {
    if (number > 0) await sleep(ports.clock, BETWEEN_CALLS_MS);
    begun.push(set.begin());
  }
  const held = await Promise.all(begun);
  await talk(context, held, levelMs(options));
  const streams = await Promise.all(held.map((both) => set.end(both)));
  await set.close();
  const facts = mediaFacts(context, { calls: held, streams, packetsByApi: null });
  const items = judgeMedia(facts);
  const reading = readMedia(streams);
  const step: Step = {
    calls,
    answered: facts.callsAnswered,
    lossRatio: reading?.lossRatio ?? null,
    jitterMs: reading?.jitterMs ?? null,
    roundTripMs: reading?.roundTripMs ?? null,
    verdict: worstVerdict(items),
  };
  return { step, streams, items };
}

function stepText({ calls, answered, lossRatio, jitterMs, roundTripMs, verdict }: Step): string {
  const figures = [
    lossRatio === null ? "no report" : `loss ${percent(lossRatio)}`,
    ...(jitterMs === null ? [] : [`jitter ${milliseconds(jitterMs)}`]),
    ...(roundTripMs === null ? [] : [`round trip ${milliseconds(roundTripMs)}`]),
  ];
  return `${calls} calls: ${answered} answered, ${figures.join(", ")}: ${verdict}`;
}

function judgeRamp(
  ramp: RampResult,
  { options }: Pick<ProbeContext, "options">,
  first: ValidationItem | null,
): ValidationItem {
  const { carried, asked } = ramp;
  const { localHost, target } = options;
  const head: ItemHead = {
    id: "capacity.ramp",
    group: "capacity",
    title: "Recordings at the same time that the path carries",
    threshold: { text: `${asked} as asked, no threshold broken`, source: "--ramp" },
  };
  const megabits = ((carried * BITS_A_CALL) / 1e6).toFixed(2);
  const finding = {
    measured: `${carried} of ${asked} (${megabits} Mbit/s at IP)`,
    value: carried,
    unit: "calls",
  };
  if (carried >= asked) return passed(head, finding);
  const port = first?.flow?.port ?? String(target.recorder.port);
  const need = ((asked * BITS_A_CALL) / 1e6).toFixed(2);
  const isRefused = first?.id === "media.calls";
  const broken = ramp.brokenBy ?? "a threshold breaks";
  const refusal = `Let the recorder ${target.recorder.host} take more calls from ${localHost} (sip.maximumCalls, its disk and processor), and look at connection limits of firewalls on ${target.recorder.transport.toUpperCase()} port ${target.recorder.port} between: from ${carried + 1} on, ${broken}.`;
  const narrow = `Widen the way from ${localHost} to ${target.recorder.host} (UDP port ${port}) to ${need} Mbit/s for RTP, or record fewer calls at once: from ${carried + 1} on, ${broken}.`;
  const remedy = isRefused ? refusal : narrow;
  return carried === 0
    ? failed(head, { ...finding, remedy })
    : warned(head, { ...finding, remedy });
}
