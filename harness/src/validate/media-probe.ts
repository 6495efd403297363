// The calls of a validation: --calls at once for --minutes, with RTP as the PBX sends it, judged by
// the receiver reports of the far end. R9, R15.  RFC 3550 §6.4
import { CallSet, type SetCall } from "./call-set.ts";
import { judgeMedia, mediaSeries, readMedia, rtpPlace, type MediaFacts } from "./judge-media.ts";
import type { Probe, ProbeContext, ProbeResult } from "./probe.ts";
import type { StreamFacts } from "./rtp-stream.ts";
import { DSCP_BEFORE } from "./judge-dscp.ts";
import { REJECTED } from "./signalling-probe.ts";
import { callTraffic, signallingTraffic } from "./traffic.ts";
import { rejectionTraffic } from "./udp-rejection.ts";
import { sleep } from "./waiting.ts";
import { milliseconds, percent } from "./words.ts";

const PROGRESS_EVERY_MS = 10_000;
const SLICE_MS = 250;
/** Calls are begun this far apart, so that they are no burst. */
const BETWEEN_CALLS_MS = 20;

export const mediaProbe: Probe = {
  name: "calls",
  isWanted: ({ rampTo, site, forSeconds }) =>
    rampTo === null && site === null && forSeconds === null,
  plan: (options) => [
    signallingTraffic(options, options.calls),
    ...callTraffic(options, { calls: options.calls, seconds: options.minutes * 60 }),
    rejectionTraffic(`${options.target.recorder.host}, the RTP port that the recorder answers`),
  ],
  run,
};

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const { recorder } = options.target;
  const set = new CallSet({ recorder, localHost: options.localHost }, ports);
  await set.start();
  const begun: Promise<SetCall>[] = [];
  // Where SIP is rejected, calls would only wait.
  const isRejected = context.seen(REJECTED)?.split(" ").includes(recorder.transport) === true;
  const wanted = isRejected ? 0 : options.calls;
  for (let number = 0; number < wanted; number += 1) {
    if (number > 0) await sleep(ports.clock, BETWEEN_CALLS_MS);
    begun.push(set.begin());
  }
  const calls = await Promise.all(begun);
  if (calls.some(({ call }) => call.isAnswered)) {
    await talk(context, calls, options.minutes * 60_000);
  }
  const streams = await Promise.all(calls.map((both) => set.end(both)));
  const packetsByApi = await askApi(context, calls);
  const isRtpRejected = await askRejection(context, streams);
  await set.close();
  const facts = mediaFacts(context, { calls, streams, packetsByApi, isRtpRejected });
  return {
    items: judgeMedia(facts),
    series: mediaSeries(streams),
    remarks: REMARKS,
    seen: { rtp: rtpPlace(facts) },
  };
}

const REMARKS = [
  "One-way delay is half of the round trip that RTCP measures (RFC 3550 §6.4.1); the two directions may differ. A responder (--responder) measures each.",
  "Loss and jitter are the far end's own counts (RTCP receiver reports) of RTP that was sent every 20 ms.",
  "MOS is reckoned from loss and delay by the reduced E-model (ITU-T G.107) with the values of G.113 Appendix I for G.711 without concealment (Ie 0, Bpl 4.3), random loss.",
];

/** Keeps the calls up, and tells how they do. */
export async function talk(
  context: ProbeContext,
  calls: readonly SetCall[],
  lengthMs: number,
): Promise<void> {
  const { clock } = context.ports;
  const beganMs = clock.nowMs();
  let tellMs = beganMs + PROGRESS_EVERY_MS;
  for (;;) {
    const nowMs = clock.nowMs();
    const leftMs = beganMs + lengthMs - nowMs;
    if (leftMs <= 0 || context.isStopped()) return;
    if (nowMs >= tellMs) {
      tellMs = nowMs + PROGRESS_EVERY_MS;
      context.progress(
        soFar(
          calls.map(({ stream }) => stream.facts()),
          leftMs,
        ),
      );
    }
    await sleep(clock, Math.min(SLICE_MS, leftMs));
  }
}

function soFar(streams: readonly StreamFacts[], leftMs: number): string {
  const reading = readMedia(streams);
  const left = `${milliseconds(leftMs)} left`;
  if (reading === null) return `no receiver report yet, ${left}`;
  const trip =
    reading.roundTripMs === null ? "" : `, round trip ${milliseconds(reading.roundTripMs)}`;
  return `loss ${percent(reading.lossRatio)}, jitter ${milliseconds(reading.jitterMs)}${trip}, ${left}`;
}

export function mediaFacts(
  context: ProbeContext,
  found: {
    readonly calls: readonly SetCall[];
    readonly streams: readonly StreamFacts[];
    readonly packetsByApi: number | null;
    readonly isRtpRejected?: boolean;
  },
): MediaFacts {
  const { options } = context;
  const isNat = context.found("nat.mapping")?.verdict === "warn";
  return {
    localHost: options.localHost,
    recorderHost: options.target.recorder.host,
    streams: found.streams,
    callsAsked: found.calls.length,
    callsAnswered: found.calls.filter(({ call }) => call.isAnswered).length,
    isSignallingDown:
      context.found(`sip.${options.target.recorder.transport}.invite-small`)?.verdict === "fail",
    farEndReports: /tapeline/i.test(context.seen("product") ?? ""),
    packetsByApi: found.packetsByApi,
    natAddress: isNat ? (context.seen("mapped") ?? null) : null,
    isRtpRejected: found.isRtpRejected ?? false,
    isDscpCounted: context.seen(DSCP_BEFORE) !== undefined,
  };
}

/** Dropped or rejected? Only asked when nothing came back at all. */
async function askRejection(
  { ports }: ProbeContext,
  streams: readonly StreamFacts[],
): Promise<boolean> {
  const target = streams.find((stream) => stream.target !== null)?.target ?? null;
  const isHeard = streams.some((stream) => stream.reports.length + stream.packetsEchoed > 0);
  if (target === null || isHeard) return false;
  return (await ports.isUdpRejected?.(target)) ?? false;
}

/** What the recorder has of our calls; only asked when no report came. */
async function askApi(context: ProbeContext, calls: readonly SetCall[]): Promise<number | null> {
  const { api, ports } = context;
  const isSilent = calls.every(({ stream }) => stream.facts().reports.length === 0);
  if (api === null || !isSilent) return null;
  await sleep(ports.clock, 1_000);
  let samples: number | null = null;
  for (const { call } of calls) {
    const found = await api.find(call.dialog.callId);
    if (found !== null && typeof found !== "string") samples = (samples ?? 0) + found.samples;
  }
  return samples === null ? null : Math.round(samples / 160);
}
