// The recorder at a glance, for the console's System page: IP Offices and their links, ports, load
// now and at its peak, packets and loss; and the load's history to plot.
import { z } from "zod";
import { SPANS, type LoadPoint, type Span } from "../load-history.ts";
import type { RecorderApi, SystemLoad } from "./api.ts";
import { json, route, type Route } from "./route.ts";
import { named } from "./schema.ts";

const whole = z.int();
const time = z.string().nullable();
const peak = z.strictObject({ value: z.number(), at: time });

const gauge = z.strictObject({
  now: z.number(),
  peak: peak.describe("Since the start."),
  limit: z.number().nullable().describe("capacity of the configuration; null = none given."),
});

export const systemSchema = named(
  "System",
  z.looseObject({
    version: z.literal(1),
    at: z.string(),
    recorder: z.string(),
    startedAt: time,
    isReady: z.boolean(),
    sip: z.string(),
    rtp: z.string(),
    liveDirectory: z.string(),
    links: z.array(z.looseObject({ pbx: z.string(), state: z.string() })),
    offices: z
      .array(z.strictObject({ pbx: z.string(), calls: whole, queued: whole, recordings: whole }))
      .describe("What each IP Office has under way."),
    load: z
      .strictObject({
        calls: whole,
        queued: whole,
        recordings: gauge.omit({ limit: true }),
        vcm: gauge.describe("Channels that the busiest IP Office needs (R16)."),
        bandwidth: gauge.describe("Bits a second of all recordings, on Ethernet."),
      })
      .nullable(),
    packets: z.strictObject({
      received: whole,
      lost: whole.describe("Of recordings that ended."),
      stray: whole,
      ambiguous: whole,
      kernelDrops: whole,
      lossRatio: z.number(),
      writeBehindBytes: whole,
    }),
    work: z.strictObject({ recordings: whole, listeners: whole, stores: whole, webhooks: whole }),
    alarms: whole,
  }),
);

export const historySchema = named(
  "LoadHistory",
  z.strictObject({
    span: z.enum(["hour", "day"]),
    widthMs: whole.describe("Of one point."),
    points: z
      .strictObject({
        at: z.array(whole).describe("Epoch ms."),
        recordings: z.array(z.number()),
        calls: z.array(z.number()),
        vcmChannels: z.array(z.number()),
        bandwidthBitsPerSecond: z.array(z.number()),
        packetsPerSecond: z.array(z.number()),
        packetsLost: z.array(z.number()),
      })
      .describe("Column by column, as plots want them; gauges at their highest."),
  }),
);

export function systemRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/system",
      tag: "monitor",
      summary: "Links, ports, load and packets at a glance",
      needs: "supervisor",
      answers: { 200: { description: "As of now.", schema: systemSchema } },
      handle: () => json(systemBody(api)),
    }),
  ];
}

export function loadRoutes(load: SystemLoad): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/system/history",
      tag: "monitor",
      summary: "The load of the last hour or day, to plot",
      needs: "supervisor",
      query: z.strictObject({ span: z.enum(["hour", "day"]).optional() }),
      answers: { 200: { description: "Oldest first.", schema: historySchema } },
      handle({ query: { span = "hour" } }) {
        return json(historyBody(span, load.history(span)));
      },
    }),
  ];
}

function systemBody(api: RecorderApi) {
  const { metrics } = api;
  const report = api.load?.report() ?? null;
  const received = metrics.get("rtp_packets_received_total");
  const lost = metrics.get("rtp_packets_lost_total");
  return {
    version: 1,
    at: textOf(api.clock.wallTimeMs()),
    recorder: api.settings.recorder,
    startedAt: textOf(report?.startedAtMs ?? null),
    ...api.readiness(),
    offices: report?.offices ?? [],
    load: report === null ? null : loadBody(report),
    packets: {
      ...{ received, lost },
      stray: metrics.get("rtp_packets_stray_total"),
      ambiguous: metrics.get("rtp_packets_ambiguous_total"),
      kernelDrops: metrics.get("rtp_kernel_drops_total"),
      lossRatio: received + lost === 0 ? 0 : lost / (received + lost),
      writeBehindBytes: metrics.get("media_write_behind_bytes"),
    },
    work: {
      recordings: api.activeRecordings().length,
      listeners: metrics.get("listeners"),
      stores: api.pendingStores(),
      webhooks: metrics.get("webhooks_waiting"),
    },
    alarms: api.alarms().length,
  };
}

type Report = ReturnType<SystemLoad["report"]>;

function loadBody({ calls, queued, recordings, vcm, bandwidth }: Report) {
  const peakOf = ({ value, atMs }: Report["vcm"]["peak"]) => ({ value, at: textOf(atMs) });
  return {
    ...{ calls, queued },
    recordings: { now: recordings.now, peak: peakOf(recordings.peak) },
    vcm: { ...vcm, peak: peakOf(vcm.peak) },
    bandwidth: { ...bandwidth, peak: peakOf(bandwidth.peak) },
  };
}

function historyBody(span: Span, points: readonly LoadPoint[]) {
  return {
    span,
    widthMs: SPANS[span].widthMs,
    points: {
      at: points.map(({ atMs }) => atMs),
      recordings: points.map(({ recordings }) => recordings),
      calls: points.map(({ calls }) => calls),
      vcmChannels: points.map(({ vcmChannels }) => vcmChannels),
      bandwidthBitsPerSecond: points.map((point) => point.bandwidthBitsPerSecond),
      packetsPerSecond: points.map(({ packetsPerSecond }) => packetsPerSecond),
      packetsLost: points.map(({ packetsLost }) => packetsLost),
    },
  };
}

function textOf(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
