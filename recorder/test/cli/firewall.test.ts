// `check-config --firewall`: who must reach whom, protocol, port, why (R9, R15, R23).
import assert from "node:assert/strict";
import { test } from "node:test";
import { firewallNotes, firewallRules, firewallTable } from "../../src/cli/firewall.ts";
import { checkConfig, type RecorderConfig } from "../../src/config.ts";
import { configuration, run } from "./run.ts";

const OFFICE = { host: "192.0.2.1", user: "recorder", password: "x" };

function config(changes: Readonly<Record<string, unknown>> = {}): RecorderConfig {
  const value = { recorder: { address: "192.0.2.10" }, devlink3: [OFFICE], ...changes };
  const result = checkConfig(value, { environment: {}, baseDirectory: "/srv" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

const ways = (given: RecorderConfig): string[] =>
  firewallRules(given).map(({ from, to, protocol, port }) => `${from} > ${to} ${protocol} ${port}`);

test("the IP Office reaches the recorder's SIP and RTP ports itself; the recorder its DevLink3 port", () => {
  assert.deepEqual(ways(config()), [
    "192.0.2.1 > 192.0.2.10 udp 5060",
    "192.0.2.1 > 192.0.2.10 tcp 5060",
    "192.0.2.1 > 192.0.2.10 udp 5004",
    "192.0.2.1 > 192.0.2.10 udp 5005",
    "192.0.2.10 > 192.0.2.1 udp any",
    "192.0.2.10 > 192.0.2.1 tcp 50797",
    "this machine only > 127.0.0.1 tcp 8080",
  ]);
  const ids = new Set(firewallRules(config()).flatMap((rule) => rule.ids));
  for (const id of ["R9", "R15", "R23"]) assert.ok(ids.has(id), id);
});

test("TLS, a range, a network of nodes and an open API change the ways", () => {
  const found = ways(
    config({
      sip: { transports: ["tls"], tls: { cert: "c.pem", key: "k.pem" } },
      rtp: { range: [20_000, 21_999] },
      devlink3: [{ ...OFFICE, tls: true, scn: true }],
      http: { host: "0.0.0.0", port: 443 },
    }),
  );
  assert.ok(found.includes("192.0.2.1 > 192.0.2.10 tcp 5061"));
  assert.ok(found.includes("each other node of the network of 192.0.2.1 > 192.0.2.10 tcp 5061"));
  assert.ok(found.includes("192.0.2.1 > 192.0.2.10 udp 20000–21999"));
  assert.ok(found.includes("192.0.2.10 > 192.0.2.1 tcp 50796"));
  assert.ok(
    found.includes(
      "supervisors, administrators, monitoring > every address of the recorder tcp 443",
    ),
  );
});

test("who may call is sip.allow where it is given; NAT is told", () => {
  const nat = config({
    recorder: { address: "192.0.2.10", bind: "10.0.0.5" },
    sip: { allow: ["198.51.100.0/24"] },
  });
  assert.ok(ways(nat).includes("198.51.100.0/24 > 192.0.2.10 udp 5004"));
  assert.match(firewallNotes(nat).join("\n"), /forward these ports from there to 10\.0\.0\.5/);
});

test("the table has a line a way, columns aligned, with the guide's labels", () => {
  const rules = firewallRules(config());
  const lines = firewallTable(rules).trimEnd().split("\n");
  assert.equal(lines.length, rules.length + 2);
  const at = lines[0]?.indexOf("protocol") ?? 0;
  for (const line of lines.slice(2)) assert.match(line.slice(at), /^(?:udp|tcp) /);
  assert.match(lines.join("\n"), /"SIP Message Port".*\n[^]*"Active Recording RTP Port"/);
});

test("the command prints the table, or one JSON document; a broken file ends with 2", async (context) => {
  const { file } = await configuration(context);
  const plain = await run("check-config", "--config", file, "--firewall");
  assert.equal(plain.code, 0);
  assert.match(plain.stdout, /^from\s+to\s+protocol\s+port\s+why\s+requirement$/m);
  const json = await run("check-config", "--config", file, "--firewall", "--json");
  const document = JSON.parse(json.stdout) as { address: string; rules: { why: string }[] };
  assert.equal(document.address, "127.0.0.1");
  assert.ok(document.rules.every(({ why }) => why !== ""));
  const { file: broken } = await configuration(context, { pause: { fill: "music" } });
  assert.equal((await run("check-config", "--config", broken, "--firewall")).code, 2);
});
