// What ships beside the code: the systemd unit is confined, the container runs without root and
// checks its own health; systemd's own judge is asked where it is there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (name: string): URL => new URL(`../packaging/${name}`, import.meta.url);
const UNIT = readFileSync(at("tapeline-recorder.service"), "utf8");
const DOCKERFILE = readFileSync(at("Dockerfile"), "utf8");
/** systemd's scale goes from 0 (confined) to 10. */
const EXPOSURE_LIMIT = 2;

const setting = (name: string): string | undefined =>
  new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1];

test("the unit: no root, no capability, a read-only system, restart after a bug but not after 2", () => {
  assert.equal(setting("User"), "tapeline");
  assert.equal(setting("CapabilityBoundingSet"), "");
  assert.equal(setting("NoNewPrivileges"), "yes");
  assert.equal(setting("ProtectSystem"), "strict");
  assert.equal(setting("Restart"), "on-failure");
  assert.equal(setting("RestartPreventExitStatus"), "2");
  assert.equal(setting("ExecReload"), "/bin/kill -HUP $MAINPID");
  assert.match(setting("ExecStart") ?? "", /bin\/tapeline-recorder\.js start --config \S+$/);
});

test("the unit gives a stop more time than the recorder takes for itself", () => {
  const start = readFileSync(new URL("../src/cli/start.ts", import.meta.url), "utf8");
  const ownMs = Number(/STOP_LIMIT_MS = ([\d_]+);/.exec(start)?.[1]?.replaceAll("_", ""));
  assert.ok(Number(setting("TimeoutStopSec")) * 1000 > ownMs);
});

test("systemd rates the unit's exposure low", (context) => {
  const unit = fileURLToPath(at("tapeline-recorder.service"));
  const asked = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
    encoding: "utf8",
  });
  const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(asked.stdout ?? "")?.[1];
  if (exposure === undefined) return context.skip("needs systemd-analyze 250 or newer");
  assert.ok(Number(exposure) < EXPOSURE_LIMIT, `exposure ${exposure}`);
});

test("the container: no root at the end, a health check without another program, SIGTERM to stop", () => {
  const [, final = ""] = DOCKERFILE.split(/^FROM \$\{BASE\}$/m);
  assert.match(final, /^USER \d+:\d+$/m);
  assert.doesNotMatch(final, /^USER (?:root|0\b)/m);
  assert.match(final, /^HEALTHCHECK [^]*CMD \["node", .*"health", /m);
  assert.doesNotMatch(DOCKERFILE, /\b(?:curl|wget)\b.*http/);
  assert.match(final, /^STOPSIGNAL SIGTERM$/m);
  assert.match(final, /^ENTRYPOINT \["node", /m);
  assert.match(final, /^VOLUME \/var\/lib\/tapeline$/m);
});
