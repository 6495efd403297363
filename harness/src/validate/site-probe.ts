// The busy hour of a site, played for --minutes: calls come and go as they will there, and the path
// is judged under that load. busy-hour.ts says which calls; this places them.
import type { TrafficRow, ValidationItem } from "@tapeline/reports";
import { busyHourOf, erlangs, peakOf, planCalls, type PlannedCall } from "./busy-hour.ts";
import { CallSet, type SetCall } from "./call-set.ts";
import { passed } from "./item.ts";
import { judgeMedia, mediaSeries } from "./judge-media.ts";
import { mediaFacts } from "./media-probe.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import type { StreamFacts } from "./rtp-stream.ts";
import { callTraffic, signallingTraffic } from "./traffic.ts";
import { sleep } from "./waiting.ts";

const SLICE_MS = 100;
const PROGRESS_EVERY_MS = 10_000;

export const siteProbe: Probe = {
  name: "busy hour",
  isWanted: ({ site, rampTo }) => site !== null && rampTo === null,
  plan,
  run,
};

/** The same calls each time for the same site and length: the dry run tells what is then sent. */
function siteCalls({ site, minutes }: ValidateOptions): PlannedCall[] {
  if (site === null) return [];
  return planCalls(busyHourOf(site), { minutes, fraction: repeatable() });
}

/** A small generator with a fixed seed (splitmix32): chance that is no chance. */
function repeatable(): () => number {
  let state = 0x2545f491;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

function plan(options: ValidateOptions): TrafficRow[] {
  const calls = siteCalls(options);
  const peak = peakOf(calls);
  const packets = calls.reduce((sum, { lengthMs }) => sum + Math.ceil(lengthMs / 20), 0);
  const seconds = options.minutes * 60;
  return [
    signallingTraffic(options, calls.length),
    ...callTraffic(options, { calls: peak, seconds }).map((row, index) =>
      index === 0
        ? {
            ...row,
            what: `RTP of ${calls.length} calls, up to ${peak} at once`,
            packets,
            bytes: packets * 200,
          }
        : row,
    ),
  ];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const { recorder } = options.target;
  const set = new CallSet({ recorder, localHost: options.localHost }, ports);
  await set.start();
  const planned = siteCalls(options);
  const beganMs = ports.clock.nowMs();
  const up = new Map<SetCall, number>();
  const settled: SetCall[] = [];
  const streams: StreamFacts[] = [];
  const ending: Promise<void>[] = [];
  const beginning: Promise<void>[] = [];
  let next = 0;
  let tellMs = PROGRESS_EVERY_MS;
  for (let atMs = 0; atMs < options.minutes * 60_000 && !context.isStopped();) {
    for (
      let call = planned[next];
      call !== undefined && call.beginMs <= atMs;
      call = planned[next]
    ) {
      next += 1;
      const endMs = call.beginMs + call.lengthMs;
      beginning.push(
        set.begin().then((both) => {
          settled.push(both);
          up.set(both, endMs);
        }),
      );
    }
    for (const [both, endMs] of up) {
      if (endMs > atMs) continue;
      up.delete(both);
      ending.push(set.end(both).then((facts) => void streams.push(facts)));
    }
    if (atMs >= tellMs) {
      tellMs += PROGRESS_EVERY_MS;
      context.progress(`${up.size} calls up, ${next} of ${planned.length} begun`);
    }
    await sleep(ports.clock, SLICE_MS);
    atMs = ports.clock.nowMs() - beganMs;
  }
  await Promise.all(beginning);
  for (const both of up.keys())
    ending.push(set.end(both).then((facts) => void streams.push(facts)));
  await Promise.all(ending);
  await set.close();
  const heard = streams.filter(({ seconds, reports }) => seconds >= 5.5 || reports.length > 0);
  const facts = mediaFacts(context, { calls: settled, streams: heard, packetsByApi: null });
  return { items: [hourItem(options, planned), ...judgeMedia(facts)], series: mediaSeries(heard) };
}

function hourItem(options: ValidateOptions, planned: readonly PlannedCall[]): ValidationItem {
  const hour = busyHourOf(options.site!);
  return passed(
    {
      id: "capacity.busy-hour",
      group: "capacity",
      title: "The site's busy hour was played",
      threshold: { text: "as load, no limit", source: hour.source },
    },
    {
      measured: `${hour.callsPerHour} calls an hour, ${erlangs(hour).toFixed(1)} at once on average; ${planned.length} calls in ${options.minutes} min, ${peakOf(planned)} at the peak`,
      value: peakOf(planned),
      unit: "calls",
    },
  );
}
