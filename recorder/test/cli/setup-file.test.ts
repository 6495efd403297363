// What the set-up changes in recorder.yaml, and what it leaves: comments, order, other keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/config.ts";
import { firstFile, settingsOf, withSettings } from "../../src/cli/setup-file.ts";
import { SETUP_STEPS, type SetupSettings } from "../../src/setup-contract.ts";

const SOURCE = { environment: { SECRET: "s3cret" }, baseDirectory: "/etc/tapeline" };

const TEXT = `# ours
recorder:
  address: 192.0.2.10 # behind the switch
sip:
  port: 5060
  maximumCalls: 50 # as licensed
rtp:
  range: [20000, 20009]
devlink3:
  - host: 192.0.2.1
    user: recorder
    password: \${SECRET} # from systemd
    tls: { ca: office.pem }
pools:
  - name: main
    deleteAfterDays: 90
    drives:
      - path: data/pool
        maxBytes: 500 GB
`;

function settings(text = TEXT): SetupSettings {
  const parsed = parseConfig(text, SOURCE);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return settingsOf(text, parsed.config);
}

test("the file's settings are read as they are written, without passwords", () => {
  const { offices, ports, storage } = settings();
  assert.deepEqual(offices, [
    { host: "192.0.2.1", port: 50_796, tls: true, user: "recorder", password: null, scn: false },
  ]);
  assert.deepEqual(ports.rtp, [20_000, 20_009]);
  assert.deepEqual([storage.pool, storage.maxBytes], ["data/pool", "500 GB"]);
});

test("saved unchanged, comments, variables and other keys stand where they stood", () => {
  const after = withSettings(TEXT, settings(), SETUP_STEPS);
  for (const kept of [
    "# ours",
    "# behind the switch",
    "maximumCalls: 50 # as licensed",
    "${SECRET} # from systemd",
    "deleteAfterDays: 90",
    "ca: office.pem",
  ]) {
    assert.ok(after.includes(kept), `${kept} in\n${after}`);
  }
  const [before, now] = [parseConfig(TEXT, SOURCE), parseConfig(after, SOURCE)];
  assert.ok(before.ok && now.ok);
  assert.deepEqual(now.config, before.config);
});

test("R10, R15: another IP Office, one RTP port instead of a range, the console on the network", () => {
  const office = { port: null, tls: false, user: "u", password: "new", scn: true };
  const wanted: SetupSettings = {
    ...settings(),
    offices: [{ host: "192.0.2.9", ...office }],
    ports: { sip: 5070, rtp: 5006, httpHost: "0.0.0.0", http: 8081 },
  };
  const parsed = parseConfig(withSettings(TEXT, wanted, SETUP_STEPS), SOURCE);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { devlink3, rtp, http, sip } = parsed.config;
  assert.deepEqual(
    devlink3.map(({ host, port, password, scn }) => [host, port, password, scn]),
    [["192.0.2.9", 50_797, "new", true]],
  );
  assert.ok("port" in rtp && rtp.port === 5006);
  assert.deepEqual([http.host, http.port, sip.port], ["0.0.0.0", 8081, 5070]);
});

test("one step changes its own part of the file only", () => {
  const wanted = { ...settings(), recorder: { ...settings().recorder, name: "second" } };
  const after = withSettings(TEXT, { ...wanted, offices: [] }, ["recorder"]);
  assert.ok(after.includes("name: second"));
  assert.ok(after.includes("host: 192.0.2.1"));
});

test("R12: a first file is valid and lets nobody in until an IP Office stands in it", () => {
  const text = firstFile("192.0.2.10");
  const parsed = parseConfig(text, SOURCE);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(parsed.config.sip.allow, ["127.0.0.1"]);
  assert.equal(parsed.config.http.host, "127.0.0.1");
  const office = {
    host: "192.0.2.1",
    port: null,
    tls: false,
    user: "u",
    password: "p",
    scn: false,
  };
  const after = withSettings(text, { ...settings(text), offices: [office] }, SETUP_STEPS);
  const then = parseConfig(after, SOURCE);
  assert.ok(then.ok, JSON.stringify(then));
  assert.deepEqual(then.config.sip.allow, []);
});
