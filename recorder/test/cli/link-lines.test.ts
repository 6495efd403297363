// What `start` tells of its links: news, and each of them once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkLines } from "../../src/cli/link-lines.ts";
import type { LinkStatus } from "../../src/facts-contract.ts";

function status(changes: Partial<LinkStatus> = {}): LinkStatus {
  return {
    pbx: "192.0.2.1",
    state: "streaming",
    code: null,
    detail: null,
    version: null,
    build: 23,
    buildSupport: "supported",
    licence: "granted",
    remedy: null,
    flags: null,
    recordingControl: true,
    ...changes,
  };
}

const UNREACHABLE: Partial<LinkStatus> = {
  state: "waiting",
  code: "DEVLINK3_UNREACHABLE",
  detail: "ECONNREFUSED",
};

test("a link that comes up is told, the way there is not", () => {
  const lines = new LinkLines();
  const told = (["connecting", "authenticating", "synchronising", "streaming"] as const).map(
    (state) => lines.push(status({ state })),
  );
  assert.deepEqual(told, [
    "",
    "",
    "",
    "IP Office 192.0.2.1: connected, recording control available\n",
  ]);
});

test("attempts that fail alike are told once, with code and remedy; another failure is news", () => {
  const lines = new LinkLines();
  const first = lines.push(status(UNREACHABLE));
  assert.match(first, /^IP Office 192\.0\.2\.1: DEVLINK3_UNREACHABLE\. The .*\(ECONNREFUSED\)\n$/);
  assert.equal(lines.push(status({ state: "connecting" })), "");
  assert.equal(lines.push(status(UNREACHABLE)), "");
  assert.match(lines.push(status({ ...UNREACHABLE, pbx: "192.0.2.2" })), /192\.0\.2\.2: /);
  const refused = status({ state: "refused", code: "DEVLINK3_AUTHENTICATION_FAILED" });
  assert.match(lines.push(refused), /DEVLINK3_AUTHENTICATION_FAILED\. /);
  assert.match(lines.push(status()), /connected/);
});

test("a PBX that cannot be asked to record is told as what it is", () => {
  const line = new LinkLines().push(
    status({ state: "recording-control-unavailable", code: "RECORDING_CONTROL_UNAVAILABLE" }),
  );
  assert.match(
    line,
    /: connected, recording-control-unavailable: RECORDING_CONTROL_UNAVAILABLE\. /,
  );
});

test("a code that no table knows is told as it is", () => {
  assert.match(new LinkLines().push(status({ code: "NEW_CODE" })), /: NEW_CODE\n$/);
});
