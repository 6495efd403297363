// What only the machine knows: the address to bind, the addresses behind names (R12, R23).
import assert from "node:assert/strict";
import { test } from "node:test";
import { fitToMachine, problemText } from "../../src/cli/load-config.ts";
import { checkConfig } from "../../src/config.ts";

const SOURCE = { environment: {}, baseDirectory: "/" };

async function fitted(recorder: object, more: object = {}) {
  const devlink3 = [{ host: "192.0.2.1", user: "u", password: "p" }];
  const simulation = { allowLoopback: true };
  const result = checkConfig({ recorder, devlink3, simulation, ...more }, SOURCE);
  assert.ok(result.ok, JSON.stringify(result));
  return fitToMachine(result.config);
}

test("bind auto is the address where it is ours, else every address", async () => {
  const bound = async (address: string, bind = "auto") =>
    (await fitted({ address, bind })).recorder.bind;
  assert.equal(await bound("127.0.0.1"), "127.0.0.1");
  assert.equal(await bound("127.0.0.9"), "127.0.0.9");
  assert.equal(await bound("192.0.2.10"), "0.0.0.0");
  assert.equal(await bound("2001:db8::1"), "::");
  assert.equal(await bound("192.0.2.10", "10.0.0.1"), "10.0.0.1");
});

test("who may call: as configured, else the IP Offices, names looked up", async () => {
  const allowed = async (more: object) => (await fitted({ address: "192.0.2.10" }, more)).sip.allow;
  assert.deepEqual(await allowed({ sip: { allow: ["192.0.2.0/24"] } }), ["192.0.2.0/24"]);
  assert.deepEqual(await allowed({}), ["192.0.2.1"]);
  const names = ["192.0.2.1", "localhost"].map((host) => ({ host, user: "u", password: "p" }));
  const [first, second] = await allowed({ devlink3: names });
  assert.equal(first, "192.0.2.1");
  assert.match(second ?? "", /^(127\.0\.0\.1|::1)$/);
});

test("a problem is one line", () => {
  const problem = { path: "sip.port", detail: "is not a port", remedy: "Use another." };
  assert.equal(problemText(problem), "sip.port is not a port. Use another.");
});
