// A whole validation in the virtual world, against the real recorder package: a clean network gives
// no alarm, each fault gives its verdict with a remedy, and figures are what the network did.
// T3, R9, R12, R15, R23
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidationItem, ValidationResult } from "@tapeline/reports";
import { loadSite } from "@tapeline/simulator/pbx";
import type { DatagramFate, DatagramFaults } from "@tapeline/simulator/world";
import type { ValidateOptions } from "../../src/validate/probe.ts";
import { planTraffic } from "../../src/validate/run-validation.ts";
import { totalBytes } from "../../src/validate/traffic.ts";
import {
  AUTHORITY,
  DEFAULTS,
  LAPTOP,
  OFFICE,
  RECORDER,
  VirtualSite,
  type NetworkOptions,
} from "./virtual-network.ts";

const SHORT = { calls: 1, minutes: 0.2 } as const;
const CLEAN_RUNS = 100;

interface Trial {
  readonly result: ValidationResult;
  readonly fates: readonly DatagramFate[];
  readonly marked: number;
}

async function trial(
  network: NetworkOptions,
  changes: Partial<ValidateOptions>,
  spoil: (site: VirtualSite) => void = () => undefined,
): Promise<Trial> {
  const site = await VirtualSite.start(network);
  const fates: DatagramFate[] = [];
  site.world.network.observe((fate) => void fates.push(fate));
  spoil(site);
  const result = await site.validate(changes);
  site.world.heal();
  const query = { purpose: "validation", limit: 100, offset: 0 };
  const rows = await site.drive(Promise.resolve(site.recorder.api.searchRecordings(query)));
  await site.close();
  return { result, fates, marked: rows.length };
}

function faulty(faults: DatagramFaults): (site: VirtualSite) => void {
  return (site) => site.world.network.datagramFaults("recorder", "laptop", faults);
}

function item(result: ValidationResult, id: string): ValidationItem {
  const found = result.items.find((entry) => entry.id === id);
  assert.ok(found !== undefined, `${id} is missing`);
  return found;
}

function alarms(result: ValidationResult): string[] {
  return result.items
    .filter(({ verdict }) => verdict === "warn" || verdict === "fail")
    .map(({ id, measured }) => `${id}: ${measured}`);
}

/** The item has the verdict, and its remedy names all of these. */
function assertRemedy(found: ValidationItem, verdict: string, ...words: string[]): void {
  assert.equal(found.verdict, verdict, `${found.id}: ${found.measured}`);
  for (const word of words) {
    assert.ok(found.remedy?.includes(word), `"${word}" is not in: ${found.remedy}`);
  }
}

function isWithin(measured: number, told: number, share = 0.1): void {
  assert.ok(Math.abs(measured - told) <= told * share, `${measured} is not within 10 % of ${told}`);
}

test("a clean network gives no alarm, under 100 seeds (T3)", async () => {
  for (let run = 0; run < CLEAN_RUNS; run += 1) {
    const { result } = await trial({ seed: `clean+${run}` }, { calls: 1, minutes: 0.1 });
    assert.deepEqual(alarms(result), [], `seed clean+${run}`);
    assert.equal(result.verdict, "pass");
  }
});

test("a minute on a clean network measures the way back and silence too, marks all recordings, and sends no more than planned (R9, R15, R23)", async () => {
  const { result, marked } = await trial({ seed: "minute" }, {});
  assert.deepEqual(alarms(result), []);
  for (const id of ["sip.reverse-bye", "nat.idle-time", "sip.alg-contact", "media.loss"]) {
    assert.equal(item(result, id).verdict, "pass", item(result, id).measured);
  }
  // Two transports with two calls each, two calls with audio, three silent ones, less those that
  // are still on their way to the pool.
  assert.ok(marked >= 6, `${marked} recordings are marked`);
  const sent = result.traffic.at(-1);
  assert.ok(sent !== undefined && sent.bytes > 0);
  assert.ok(sent.bytes <= totalBytes(planTraffic(DEFAULTS)));
  for (const { id, threshold, verdict } of result.items) {
    if (verdict === "pass") assert.ok((threshold?.source ?? "") !== "", `${id} names no source`);
  }
});

test("loss is measured as the network lost, and 4 % fails by the compulsory 3 %", async () => {
  const faults = { loss: { enter: 1, leave: 0, lossInBad: 0.04 } };
  const { result, fates } = await trial({ seed: "loss" }, {}, faulty(faults));
  const rtp = fates.filter(({ to }) => to.host === RECORDER && to.port === 5004);
  const lost = rtp.filter(({ arrivalsMs }) => arrivalsMs.length === 0).length;
  const found = item(result, "media.loss");
  isWithin(found.value ?? 0, lost / rtp.length);
  assertRemedy(found, "fail", "UDP port 5004", LAPTOP, RECORDER);
  assert.match(found.threshold?.source ?? "", /compulsory/);
  assert.equal(result.verdict, "fail");
});

test("bursts are loss like any", async () => {
  const faults = { loss: { enter: 0.01, leave: 0.2, lossInBad: 1 } };
  const { result, fates } = await trial({ seed: "bursts" }, {}, faulty(faults));
  const rtp = fates.filter(({ to }) => to.host === RECORDER && to.port === 5004);
  const lost = rtp.filter(({ arrivalsMs }) => arrivalsMs.length === 0).length;
  isWithin(item(result, "media.loss").value ?? 0, lost / rtp.length);
  assert.equal(item(result, "media.loss").verdict, "fail");
});

test("200 ms of delay are measured within 10 %, and one way fails by the compulsory 150 ms", async () => {
  const { result } = await trial({ seed: "delay" }, SHORT, faulty({ delayMs: [200, 200] }));
  const found = item(result, "media.one-way-delay");
  isWithin(found.value ?? 0, 200);
  assertRemedy(found, "fail", "UDP port 5004", LAPTOP, RECORDER);
  assert.match(found.measured, /half of the round trip/);
});

test("jitter is the mean that RFC 3550 A.8 makes of the arrivals, and 60 ms of it is an alarm", async () => {
  const faults = { delayMs: [0, 60] } as const;
  const { result, fates } = await trial({ seed: "jitter" }, { calls: 1 }, faulty(faults));
  const rtp = fates.filter(({ to, data }) => to.port === 5004 && data.length === 172);
  let jitterMs = 0;
  let last: number | null = null;
  const seen: number[] = [];
  for (const { sentMs, arrivalsMs } of rtp) {
    const transit = (arrivalsMs[0] ?? 0) - sentMs;
    if (last !== null) jitterMs += (Math.abs(transit - last) - jitterMs) / 16;
    last = transit;
    seen.push(jitterMs);
  }
  const told = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const found = item(result, "media.jitter");
  isWithin(found.value ?? 0, told, 0.2);
  assertRemedy(found, "warn", "UDP port 5004", LAPTOP, RECORDER);
});

test("reordering alone loses nothing", async () => {
  const { result } = await trial({ seed: "reorder" }, SHORT, faulty({ reorderRatio: 0.02 }));
  assert.equal(item(result, "media.loss").verdict, "pass");
});

test("an MTU of 1,280 with fragments dropped fails the 1,400-byte INVITE, and names the MTU", async () => {
  const { result } = await trial({ seed: "mtu" }, SHORT, faulty({ maximumBytes: 1_252 }));
  assertRemedy(item(result, "sip.udp.invite-large"), "fail", "1,400", "port 5060", LAPTOP);
  assert.equal(item(result, "sip.udp.invite-small").verdict, "pass");
  assertRemedy(item(result, "path.mtu"), "fail", "1,280", RECORDER);
  assert.equal(item(result, "path.mtu").value, 1_280);
  assert.equal(item(result, "path.fragments").verdict, "warn");
});

const ALLOWED = {
  udp: { host: RECORDER, protocol: "udp", port: 5060 },
  tcp: { host: RECORDER, protocol: "tcp", port: 5060 },
  rtp: { host: RECORDER, protocol: "udp", port: 5004 },
  rtcp: { host: RECORDER, protocol: "udp", port: 5005 },
} as const;

const BLOCKED = [
  { port: "udp", id: "sip.udp.invite-small", words: ["UDP port 5060"] },
  { port: "tcp", id: "sip.tcp.invite-small", words: ["TCP port 5060"] },
  { port: "rtp", id: "media.rtp-reach", words: ["UDP port 5004", "5005"] },
] as const;

for (const { port, id, words } of BLOCKED) {
  test(`a firewall that drops ${port} is named with port, protocol, from and to (R15, R23)`, async () => {
    const open = Object.entries(ALLOWED).flatMap(([name, flow]) => (name === port ? [] : [flow]));
    const { result } = await trial({ seed: `blocked ${port}` }, SHORT, (site) =>
      site.world.network.firewall("recorder", "laptop", open),
    );
    assertRemedy(item(result, id), "fail", ...words, LAPTOP, RECORDER);
    assert.equal(result.verdict, "fail");
    const others = BLOCKED.filter(
      (other) => other.port !== port && !(port === "udp" && other.port === "rtp"),
    );
    for (const other of others) assert.equal(item(result, other.id).verdict, "pass", other.id);
  });
}

test("a recorder's clock 5 minutes off is told by the Date of its answers", async () => {
  const { result } = await trial({ seed: "clock" }, SHORT, (site) =>
    site.world.host("recorder", RECORDER).stepClock(-300_000),
  );
  const found = item(result, "path.clock-offset");
  assertRemedy(found, "fail", "NTP", "port 123", RECORDER, LAPTOP, "behind");
  isWithin(-(found.value ?? 0), 300_000);
});

test("a recorder slower than the IP Office's 4 s fails, with the time that it took", async () => {
  const { result } = await trial({ seed: "slow" }, SHORT, faulty({ delayMs: [2_200, 2_200] }));
  const found = item(result, "sip.answer-time");
  assertRemedy(found, "fail", "gives up after 4 s", LAPTOP, RECORDER);
});

test("a recorder that names a loopback address is told to correct recorder.address (R12)", async () => {
  const changes = {
    recorder: { address: "127.0.0.1", bind: RECORDER },
    simulation: { allowLoopback: true },
  };
  const { result } = await trial({ seed: "loopback", changes }, SHORT);
  for (const id of ["sip.contact-address", "media.sdp-address"]) {
    assertRemedy(item(result, id), "fail", "recorder.address", RECORDER, "127.0.0.1");
  }
});

test("towards the IP Office: ports, login, licence and recording control (R10, R25)", async () => {
  const ipOffice = {
    ...{ host: OFFICE, port: 50_797, tlsPort: 50_796, certificateAuthority: AUTHORITY },
    ...{ user: "recorder", password: "Passw0rd!" },
  };
  const network = { seed: "office", hasOffice: true };
  const target = { ...DEFAULTS.target, ipOffice };
  const { result } = await trial(network, { ...SHORT, target });
  for (const id of ["devlink3-tcp", "devlink3-tls", "login", "licence", "recording-control"]) {
    assert.equal(item(result, `pbx.${id}`).verdict, "pass", item(result, `pbx.${id}`).measured);
  }
  const wrong = { ...target, ipOffice: { ...ipOffice, password: "wrong" } };
  const refused = await trial({ ...network, seed: "wrong" }, { ...SHORT, target: wrong });
  assertRemedy(item(refused.result, "pbx.login"), "fail", OFFICE, "password");
});

test("an IP Office that nobody reaches fails on both ports, and the login is not measured", async () => {
  const ipOffice = {
    ...{ host: "192.0.2.77", port: 50_797, tlsPort: 50_796, certificateAuthority: null },
    ...{ user: "recorder", password: "x" },
  };
  const target = { ...DEFAULTS.target, ipOffice };
  const { result } = await trial({ seed: "no office" }, { ...SHORT, target });
  assertRemedy(item(result, "pbx.devlink3-tcp"), "fail", "50797", LAPTOP, "192.0.2.77");
  assertRemedy(item(result, "pbx.devlink3-tls"), "fail", "50796", LAPTOP, "192.0.2.77");
  assert.equal(item(result, "pbx.login").verdict, "not-measured");
});

test("a ramp goes up to what was asked, or to what the recorder takes", async () => {
  const all = await trial({ seed: "ramp" }, { rampTo: 4, minutes: 0.5 });
  assert.equal(all.result.ramp?.carried, 4);
  assert.equal(item(all.result, "capacity.ramp").verdict, "pass");
  // Here it is the recorder that refuses the fourth call.
  const changes = { sip: { maximumCalls: 3 } };
  const few = await trial({ seed: "few", changes }, { rampTo: 8, minutes: 0.5 });
  const carried = few.result.ramp?.carried ?? 8;
  assert.ok(carried <= 3, `${carried} calls with a limit of 3`);
  const found = item(few.result, "capacity.ramp");
  assertRemedy(found, carried === 0 ? "fail" : "warn", LAPTOP, RECORDER);
});

test("the busy hour of a site is played: its calls are placed, and judged", async () => {
  const site = loadSite({ busyHour: { calls: 240, talkSeconds: 60 } });
  const { result } = await trial({ seed: "site" }, { site, minutes: 1 });
  assert.match(item(result, "capacity.busy-hour").measured, /^240 calls an hour, 4\.0 at once/);
  assert.equal(item(result, "media.loss").verdict, "pass");
  assert.deepEqual(alarms(result), []);
});

test("the same seed gives the same verdict, figure by figure", async () => {
  const [first, second] = await Promise.all([
    trial({ seed: "same" }, SHORT).then(({ result }) => result.items),
    trial({ seed: "same" }, SHORT).then(({ result }) => result.items),
  ]);
  assert.deepEqual(first, second);
});
