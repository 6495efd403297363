// The configuration handed down in parts: each service gets its own section.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../src/config.ts";
import * as options from "../src/recorder-options.ts";

const LINK = { host: "192.0.2.1", user: "recorder", password: "secret" };

function configOf(changes: object = {}) {
  const result = checkConfig(
    { recorder: { address: "192.0.2.10" }, devlink3: [LINK], ...changes },
    { environment: {}, baseDirectory: "/var" },
  );
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

const NO_FILES = { sip: null, http: null, links: [null] };
const NO_LINK_TLS = { link: () => ({}) };

test("the address to bind: bind, or with auto the address", () => {
  assert.equal(options.bindHost(configOf()), "192.0.2.10");
  const recorder = { address: "192.0.2.10", bind: "0.0.0.0" };
  assert.equal(options.bindHost(configOf({ recorder })), "0.0.0.0");
});

test("R15 the media plane gets one port, or the range", () => {
  assert.deepEqual(options.mediaPlaneOptions(configOf()), {
    bindHost: "192.0.2.10",
    rtp: { port: 5004 },
    liveDirectory: "/var/data/live",
    receiveBufferBytes: 4_194_304,
    pause: { fill: "tone", guardMs: 200 },
    allowedHosts: ["192.0.2.1"],
  });
  const ranged = configOf({ rtp: { range: [20_000, 20_009] }, sip: { allow: ["192.0.2.7"] } });
  assert.deepEqual(options.mediaPlaneOptions(ranged).rtp, { range: [20_000, 20_009] });
  assert.deepEqual(options.mediaPlaneOptions(ranged).allowedHosts, ["192.0.2.7"]);
  assert.equal(options.recordingsOptions(ranged).rtpText, "20000-20009");
});

test("the recordings get name, address, port for messages, limit", () => {
  const { pause, ...rest } = options.recordingsOptions(configOf());
  assert.deepEqual(pause(), { fill: "tone", guardMs: 200, allow: "all", autoResumeMs: 0 });
  assert.deepEqual(rest, {
    recorder: "recorder-1",
    address: "192.0.2.10",
    rtpText: "5004",
    maximumRecordings: 2_000,
  });
});

test("the SIP endpoint answers the IP Offices, within limits", () => {
  const { timers: _, ...sip } = options.sipOptions(configOf(), NO_FILES);
  assert.deepEqual(sip, {
    bindHost: "192.0.2.10",
    port: 5060,
    tlsPort: 5061,
    transports: ["udp", "tcp"],
    advertisedHost: "192.0.2.10",
    allow: ["192.0.2.1"],
    limits: {
      maximumDialogs: 2_000,
      maximumTransactions: 8_000,
      maximumConnections: 1_000,
      maximumMessageBytes: 65_535,
    },
  });
  const tls = { certificate: "c", key: "k" };
  assert.deepEqual(options.sipOptions(configOf(), { ...NO_FILES, sip: tls }).tls, tls);
});

test("storage and listeners get theirs", () => {
  const { rowFromJournal, ...storage } = options.storageOptions(configOf());
  assert.equal(typeof rowFromJournal, "function");
  assert.deepEqual(storage, {
    pools: [
      {
        name: "main",
        drives: [{ path: "/var/data/pool", maxBytes: 100 * 2 ** 30, watermarkBytes: 0 }],
        deleteAfterDays: 0,
        keepAtLeastDays: 0,
        alarmHours: 24,
      },
    ],
    quality: 8,
    liveDirectory: "/var/data/live",
    keepHours: 24,
    liveWatermarkBytes: 2 ** 30,
    liveAlarmHours: 4,
    drivesFile: "/var/data/state/drives.jsonl",
  });
  const limits = options.listenerLimits(configOf({ http: { maximumListeners: 9 } }));
  assert.deepEqual([limits.inAll, limits.perRecording], [9, 20]);
});

test("R2 the IP Office is told whom to call: stream id at address and port", () => {
  const { recorderUriFor, rules, ...rest } = options.factsOptions(configOf(), () => []);
  assert.deepEqual(rules(), []);
  assert.deepEqual(rest, {
    links: [{ pbx: "192.0.2.1", scn: false }],
    agents: "all",
    recordFromBeginning: true,
    recorderText: "192.0.2.10:5060",
  });
  assert.equal(recorderUriFor("r7Qk2"), "sip:r7Qk2@192.0.2.10:5060;transport=udp");
  const six = configOf({ recorder: { address: "2001:db8::1" }, sip: { transports: ["tcp"] } });
  const facts = options.factsOptions(six, () => []);
  assert.equal(facts.recorderText, "[2001:db8::1]:5060");
  assert.equal(facts.recorderUriFor("s"), "sip:s@[2001:db8::1]:5060;transport=tcp");
  const secure = configOf({ sip: { transports: ["tls"], tls: { cert: "c", key: "k" } } });
  const overTls = options.factsOptions(secure, () => []).recorderUriFor("s");
  assert.equal(overTls, "sip:s@192.0.2.10:5061;transport=tls", "TLS listens on the next port");
});

test("each link gets its own entry, and its own TLS", () => {
  assert.deepEqual(options.linkOptions(configOf(), 0, NO_LINK_TLS), {
    ...LINK,
    port: 50_797,
    scn: false,
    applicationName: "Tapeline",
  });
  const tls = { serverName: "192.0.2.1" };
  const secured = configOf({ devlink3: [{ ...LINK, tls: true }] });
  assert.deepEqual(options.linkOptions(secured, 0, { link: () => tls }).tls?.(), tls);
  assert.throws(() => options.linkOptions(configOf(), 1, NO_LINK_TLS), /no IP Office 1/);
});
