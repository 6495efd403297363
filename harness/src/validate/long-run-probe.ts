// --for 7d: each minute one short call, measured by the recorder's receiver reports; the loop and
// its memory are long-run.ts. R9, R15, T3
import { CallSet } from "./call-set.ts";
import { judgeLongRun, longRunResult, longRunSeries } from "./judge-long-run.ts";
import { readMedia } from "./judge-media.ts";
import { longRun, type MinuteSample } from "./long-run.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { ResponderChannel } from "./responder-channel.ts";
import { callTraffic, signallingTraffic } from "./traffic.ts";
import { sleep } from "./waiting.ts";

/** RTCP reports come every 5 s: this has one with a round trip in it. */
const SAMPLE_SECONDS = 12;

export const longRunProbe: Probe = {
  name: "long run",
  isWanted: ({ forSeconds }) => forSeconds !== null,
  plan: (options) => [
    signallingTraffic(options, minutesOf(options)),
    ...callTraffic(options, { calls: 1, seconds: minutesOf(options) * SAMPLE_SECONDS }),
  ],
  run,
};

function minutesOf({ forSeconds }: ValidateOptions): number {
  return Math.floor((forSeconds ?? 0) / 60);
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports, samples } = context;
  const { recorder } = options.target;
  const facts = await longRun({
    forSeconds: options.forSeconds ?? 0,
    clock: ports.clock,
    store: samples,
    measure: () => measure(context),
    progress: (text) => context.progress(text),
    isStopped: () => context.isStopped(),
    onStop: (callback) => context.onStop(callback),
  });
  return {
    items: judgeLongRun(facts, { from: options.localHost, to: recorder.host }),
    series: longRunSeries(facts),
    longRun: longRunResult(facts),
    remarks: [
      `A run over days takes a call of ${SAMPLE_SECONDS} s each minute; one-way delay is half of the round trip.`,
    ],
  };
}

async function greets(context: ProbeContext): Promise<boolean> {
  const channel = new ResponderChannel(context);
  const isThere = await channel.open();
  await channel.close();
  return isThere;
}

/** Sockets of its own each time: nothing of a minute outlives it. */
async function measure(context: ProbeContext): Promise<Pick<MinuteSample, "reading" | "why">> {
  const { options, ports } = context;
  const { recorder } = options.target;
  // One that was started again knows nobody.
  if (options.responder && !(await greets(context))) {
    return { reading: null, why: "the responder does not answer" };
  }
  const set = new CallSet({ recorder, localHost: options.localHost }, ports);
  try {
    await set.start();
  } catch (error) {
    return { reading: null, why: `this machine: ${String(error)}` };
  }
  const both = await set.begin();
  if (both.call.isAnswered) await sleep(ports.clock, SAMPLE_SECONDS * 1000);
  const stream = await set.end(both);
  await set.close();
  const reading = readMedia([stream]);
  if (reading !== null) {
    const { lossRatio, jitterMs, roundTripMs } = reading;
    return { reading: { lossRatio, jitterMs, roundTripMs }, why: null };
  }
  const answered = both.call.response?.status;
  const why = both.call.isAnswered ? "no receiver report" : `no call: ${answered ?? "no answer"}`;
  return { reading: null, why };
}
