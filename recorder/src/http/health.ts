// /healthz (the process lives), /readyz (it can record) and /metrics (Prometheus text format).
import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Registry } from "prom-client";
import { METRIC_PREFIX } from "../metrics.ts";
import type { RecorderApi } from "./api.ts";

export function registerHealth(app: FastifyInstance, api: RecorderApi): void {
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const readiness = api.readiness();
    return reply.code(readiness.isReady ? 200 : 503).send(readiness);
  });
  app.get("/metrics", async (_request, reply) => {
    const registry = registryOf(api);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
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
