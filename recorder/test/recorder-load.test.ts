// The load as the recorder watches it: alarms at the limits (R16), peaks, a point every 10 s.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarms } from "../src/alarms.ts";
import { checkConfig } from "../src/config.ts";
import type { OfficeLoad } from "../src/facts-contract.ts";
import type { Logger } from "../src/log.ts";
import { Metrics } from "../src/metrics.ts";
import { RecorderLoad } from "../src/recorder-load.ts";
import { TestClock } from "./sip/fake-ports.ts";

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

function watched() {
  const read = checkConfig(
    {
      recorder: { address: "192.0.2.10" },
      sip: { allow: ["192.0.2.1"] },
      capacity: { vcmChannels: 10 },
    },
    { environment: {}, baseDirectory: "/" },
  );
  assert.ok(read.ok);
  const clock = new TestClock();
  const metrics = new Metrics();
  const alarms = new Alarms(metrics, () => clock.wallTimeMs());
  const site: { loads: OfficeLoad[]; recordings: number } = { loads: [], recordings: 0 };
  const load = new RecorderLoad(
    read.config,
    { clock, metrics, alarms, log: SILENT },
    { loads: () => site.loads, recordings: () => site.recordings },
  );
  return { load, site, clock, metrics, alarms };
}

test("R16: near the VCM limit an alarm stands until enough is left again; the peak stays", () => {
  const { load, site, clock, alarms, metrics } = watched();
  load.start();
  site.loads = [{ pbx: "192.0.2.1", calls: 5, queued: 0, recordings: 4 }];
  site.recordings = 4;
  load.changed();
  load.changed();
  clock.advance(300);
  assert.deepEqual(
    alarms.list().map(({ code, severity }) => [code, severity]),
    [["VCM_SHORT", "warning"]],
  );
  assert.equal(metrics.get("vcm_channels_needed"), 9);
  const { vcm, bandwidth, calls } = load.report();
  assert.deepEqual([calls, vcm.now, vcm.peak.value, vcm.limit], [5, 9, 9, 10]);
  assert.deepEqual([bandwidth.now, bandwidth.limit], [4 * 87_200, null]);
  site.loads = [{ pbx: "192.0.2.1", calls: 0, queued: 0, recordings: 0 }];
  site.recordings = 0;
  load.changed();
  clock.advance(300);
  assert.deepEqual(alarms.list(), []);
  assert.deepEqual([load.report().vcm.now, load.report().vcm.peak.value], [0, 9]);
  load.close();
});

test("a point is written every 10 s, also when nothing changes, until it is closed", () => {
  const { load, clock, metrics } = watched();
  assert.equal(load.report().startedAtMs, null);
  load.start();
  metrics.increment("rtp_packets_received_total", 500);
  clock.advance(30_000);
  const points = load.history("hour");
  assert.equal(points.length, 4);
  assert.deepEqual(
    points.map(({ packetsPerSecond }) => packetsPerSecond),
    [0, 50, 0, 0],
  );
  load.close();
  clock.advance(60_000);
  assert.equal(load.history("hour").length, 4);
});
