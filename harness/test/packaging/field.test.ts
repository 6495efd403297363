// The archive of `npm run pack:field`: unpacked into an empty folder, without npm on the path and,
// where root may take it away, without any network but loopback, it validates a network. T3
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LIVE_TEST_LIMIT_MS, newFolder, removeFolder, REPOSITORY } from "../live/live-fixture.ts";

const PACK = join(REPOSITORY, "harness/packaging/pack-field.ts");
/** All that the script below calls: no npm, no other Node, and no Chromium that would print. */
const TOOLS = ["sh", "grep", "sleep", "ip"];
const PLACES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** A path with just these. */
function toolsIn(folder: string): string {
  const path = join(folder, "tools");
  mkdirSync(path);
  for (const tool of TOOLS) {
    const found = PLACES.map((place) => join(place, tool)).find((file) => existsSync(file));
    if (found !== undefined) symlinkSync(found, join(path, tool));
  }
  return path;
}

const LINUX_ONLY = process.platform === "linux" ? false : "tar and sh of Linux are tried here";

test(
  "the packed archive validates from an empty folder, with no network but the target",
  { timeout: LIVE_TEST_LIMIT_MS, skip: LINUX_ONLY },
  async (context) => {
    const folder = await newFolder();
    context.after(() => removeFolder(folder));
    // Not compressed: that would be most of the work.
    const archive = join(folder, "field.tar");
    execFileSync(process.execPath, [PACK, archive], { stdio: "pipe" });
    execFileSync("tar", ["-xf", archive, "-C", folder]);
    rmSync(archive);
    const name = readdirSync(folder).find((entry) => entry.startsWith("tapeline-field"));
    assert.ok(name !== undefined);
    const script = [
      ...(process.getuid?.() === 0 ? ["ip link set lo up"] : []),
      "./responder --bind 127.0.0.1 --port 45060 --rtp-port 45004 > responder.log & far=$!",
      "until grep -q ready responder.log; do sleep 0.2; done",
      "./validate --recorder sip:127.0.0.1:45060 --responder --calls 1 --minutes 0.1 --json",
      "code=$?; kill $far; wait $far; exit $code",
    ].join("\n");
    const isolated = process.getuid?.() === 0 ? ["/usr/bin/unshare", "-n", "sh"] : ["/bin/sh"];
    const [program = "", ...given] = isolated;
    const child = spawn(program, [...given, "-c", script], {
      cwd: join(folder, name),
      env: { PATH: toolsIn(folder), HOME: "/nonexistent" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data) => (output += String(data)));
    child.stderr.on("data", (data) => (errors += String(data)));
    await once(child, "close");
    assert.match(output, /^\{/, errors);
    const { items } = JSON.parse(output) as { items: { id: string; verdict: string }[] };
    const verdictOf = (id: string) => items.find((item) => item.id === id)?.verdict;
    assert.equal(verdictOf("responder.reached"), "pass", errors);
    assert.equal(verdictOf("sip.udp.invite-small"), "pass");
    assert.match(readFileSync(join(folder, name, "out/validate/validation.html"), "utf8"), /<html/);
  },
);
