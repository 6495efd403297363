// /healthz (the process lives), /readyz (it can record) and /metrics (Prometheus text format): for
// anyone who reaches the port, as probes have no keys. design.md §6.
import { Counter, Gauge, Registry } from "prom-client";
import { z } from "zod";
import type { Histogram } from "../metrics.ts";
import { LATENCY_BOUNDS_MS, METRIC_PREFIX } from "../metrics.ts";
import type { RecorderApi } from "./api.ts";
import { json, route, type Route } from "./route.ts";
import { named } from "./schema.ts";

const healthSchema = named("Health", z.strictObject({ status: z.literal("ok") }));

const readinessSchema = named(
  "Readiness",
  z.looseObject({
    isReady: z.boolean(),
    sip: z.string(),
    rtp: z.string(),
    liveDirectory: z.string(),
    links: z.array(
      z.looseObject({
        pbx: z.string(),
        state: z.string(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
        recordingControl: z.boolean(),
      }),
    ),
  }),
);

export function healthRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      tag: "health",
      summary: "The process lives",
      needs: "anyone",
      answers: { 200: { description: "It does.", schema: healthSchema } },
      handle: () => json({ status: "ok" }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      tag: "health",
      summary: "Whether calls can be recorded, and the state of each link",
      needs: "anyone",
      answers: {
        200: {
          description: "SIP and RTP are bound, the live directory is writable.",
          schema: readinessSchema,
        },
        503: { description: "Not ready.", schema: readinessSchema },
      },
      handle() {
        const readiness = api.readiness();
        return json(readiness, readiness.isReady ? 200 : 503);
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      tag: "health",
      summary: "Metrics in the Prometheus text format",
      needs: "anyone",
      answers: { 200: { description: "All metrics, also those at zero.", types: ["text/plain"] } },
      async handle() {
        const registry = registryOf(api);
        const text = (await registry.metrics()) + histogramText(api.metrics.histograms());
        const content = new TextEncoder().encode(text);
        return { kind: "bytes", status: 200, type: registry.contentType, headers: {}, content };
      },
    }),
  ];
}

function registryOf(api: RecorderApi): Registry {
  const registry = new Registry();
  for (const { name, help, value } of api.metrics.list()) {
    const options = { name: METRIC_PREFIX + name, help, registers: [registry] };
    if (name.endsWith("_total")) new Counter(options).inc(value);
    else new Gauge(options).set(value);
  }
  return registry;
}

/** Counted already, which the library does not take: the text format by ourselves. */
function histogramText(histograms: readonly Histogram[]): string {
  return histograms.map(linesOf).join("");
}

function linesOf({ name: short, help, counts, sum }: Histogram): string {
  const name = METRIC_PREFIX + short;
  let count = 0;
  const buckets = counts.map((each, index) => {
    count += each;
    return `${name}_bucket{le="${LATENCY_BOUNDS_MS[index] ?? "+Inf"}"} ${count}`;
  });
  const head = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  return [...head, ...buckets, `${name}_sum ${sum}`, `${name}_count ${count}`, ""].join("\n");
}
