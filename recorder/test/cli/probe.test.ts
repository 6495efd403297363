// `probe`: one login to each IP Office, and what it answered (R10, R17, R25; design.md §1). The
// command as a process is tested in harness/test/live/devlink3-tls.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { probeLink } from "../../src/cli/probe.ts";
import { reportText, type ProbedLink } from "../../src/cli/probe-report.ts";
import { buildSupport } from "../../src/devlink3/link-policy.ts";
import { run } from "./run.ts";
import {
  failure,
  FakeClock,
  fakeRandom,
  FakeTcp,
  servePbx,
  type PbxScript,
} from "../devlink3/fakes.ts";

const OPTIONS = {
  host: "192.0.2.1",
  port: 50_797,
  user: "recorder",
  password: "Passw0rd!",
  scn: false,
  applicationName: "probe",
};

async function probe(script: PbxScript, options: Partial<typeof OPTIONS> = {}) {
  const clock = new FakeClock();
  const tcp = new FakeTcp();
  tcp.onConnection = (connection) => servePbx(connection, script);
  const link = await probeLink({ ...OPTIONS, ...options }, { clock, random: fakeRandom, tcp });
  assert.deepEqual(clock.running(), [], "no timer is left");
  return link;
}

const codes = ({ problems }: ProbedLink): string[] => problems.map(({ code }) => code);

test("a good IP Office: version, build, flags, licence and recording control", async () => {
  const link = await probe({ hasExtension: true });
  const { pbx, tls, certificate, state, loggedIn, version, build, flags, problems } = link;
  assert.deepEqual([pbx, tls, certificate], ["192.0.2.1:50797", false, null]);
  assert.deepEqual([state, loggedIn], ["synchronising", true]);
  assert.deepEqual([version, build], ["IP Office 12.1.0.0 build 23", 23]);
  assert.equal(link.buildSupport, "supported");
  assert.deepEqual(flags, { asked: ["-SIPTrack"], granted: ["-SIPTrack"] });
  assert.deepEqual([link.licence, link.recordingControl], ["granted", "dl3rec/1"]);
  assert.deepEqual(problems, []);
  assert.match(reportText(link), /build {14}23 \(supported\)/);
});

test("recording-control-unavailable: without dl3rec/1 the login is good, and it is said", async () => {
  const link = await probe({});
  assert.deepEqual([link.state, link.loggedIn], ["recording-control-unavailable", true]);
  assert.deepEqual(codes(link), ["RECORDING_CONTROL_UNAVAILABLE"]);
  assert.match(reportText(link), /recording control {2}recording-control-unavailable/);
});

test("R17: below 23 is marked, unreadable is unknown, neither is refused", async () => {
  const old = await probe({ hasExtension: true, version: "IP Office 11.0.0.0 build 22" });
  assert.deepEqual([old.loggedIn, old.buildSupport], [true, "unsupported-build"]);
  assert.deepEqual(codes(old), ["DEVLINK3_BUILD_UNSUPPORTED"]);
  const strange = await probe({ hasExtension: true, version: "IP Office 12" });
  assert.deepEqual(
    [strange.loggedIn, strange.build, strange.buildSupport],
    [true, "unknown", "unknown"],
  );
  assert.deepEqual(codes(strange), []);
  assert.equal(buildSupport(23), "supported");
});

test("R25: licence answers are shown as what they are", async () => {
  const missing = await probe({ result: 0x80000044 });
  assert.deepEqual([missing.loggedIn, missing.licence], [false, "missing"]);
  assert.deepEqual(codes(missing), ["DEVLINK3_LICENCE_MISSING"]);
  const full = await probe({ result: 0x80000042 });
  assert.deepEqual(codes(full), ["DEVLINK3_LIMITS_EXCEEDED"]);
  assert.equal(full.licence, "unknown");
});

test("the password is tried once only", async () => {
  const link = await probe({ result: 0x80000041 });
  assert.deepEqual([link.state, codes(link)], ["refused", ["DEVLINK3_AUTHENTICATION_FAILED"]]);
});

test("PLAIN is not answered without TLS", async () => {
  const link = await probe({ challenge: "plain" });
  assert.deepEqual([link.state, codes(link)], ["refused", ["DEVLINK3_PLAIN_REFUSED"]]);
});

test("an unreachable IP Office is told, with the remedy", async () => {
  const tcp = new FakeTcp();
  tcp.failures = [failure("ECONNREFUSED")];
  const link = await probeLink(OPTIONS, { clock: new FakeClock(), random: fakeRandom, tcp });
  assert.deepEqual(codes(link), ["DEVLINK3_UNREACHABLE"]);
  assert.match(reportText(link), /login {14}not done \(waiting\)/);
  assert.match(reportText(link), /50797/);
});

test("a configuration that cannot be read ends with 2", async () => {
  const { code, stderr } = await run("probe", "--config", "/nowhere/recorder.yaml");
  assert.equal(code, 2);
  assert.match(stderr, /cannot be read/);
});
