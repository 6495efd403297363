// A real kernel between IP Office and recorder: two network namespaces, a veth pair, and rules of
// nft. What a firewall does to real packets must get its verdict and its remedy. R9, R15, R23
// Needs root, ip and nft; only namespaces of this process are made, and they go whatever happens.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { newFolder, removeFolder, REPOSITORY } from "../live/live-fixture.ts";

const NAMES = { pbx: `tapeline-${process.pid}-pbx`, recorder: `tapeline-${process.pid}-rec` };
const PBX = "10.77.0.1";
const RECORDER = "10.77.0.2";
const TESTBED = join(REPOSITORY, "harness/bin/testbed.js");
const RESPONDER = join(REPOSITORY, "recorder/bin/tapeline-recorder.js");

interface Item {
  readonly id: string;
  readonly verdict: string;
  readonly measured: string;
  readonly remedy: string | null;
}

function skipReason(): string | false {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (spawnSync("nft", ["--version"]).status !== 0) return "needs Debian's nftables";
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return "needs Debian's iproute2";
  return false;
}

function ip(...given: readonly string[]): void {
  execFileSync("ip", [...given], { stdio: "pipe" });
}

/** Rules in the recorder's namespace, for what comes in. */
function nft(rules: readonly string[]): void {
  const script = [
    "flush ruleset",
    "add table inet t",
    "add chain inet t in { type filter hook input priority 0 ; }",
    ...rules.map((rule) => `add rule inet t in ${rule}`),
  ].join("\n");
  execFileSync("ip", ["netns", "exec", NAMES.recorder, "nft", "-f", "-"], { input: script });
}

function makeNetwork(): void {
  for (const name of Object.values(NAMES)) ip("netns", "add", name);
  const peer = ["peer", "name", "tl1", "netns", NAMES.recorder];
  ip("link", "add", "tl0", "netns", NAMES.pbx, "type", "veth", ...peer);
  for (const [name, device, address] of [
    [NAMES.pbx, "tl0", PBX],
    [NAMES.recorder, "tl1", RECORDER],
  ] as const) {
    ip("-n", name, "addr", "add", `${address}/24`, "dev", device);
    for (const up of ["lo", device]) ip("-n", name, "link", "set", up, "up");
  }
}

function removeNetwork(): void {
  for (const name of Object.values(NAMES)) spawnSync("ip", ["netns", "del", name]);
}

describe("firewalls of a real kernel", { skip: skipReason() }, () => {
  let folder = "";
  let responder: ChildProcess | null = null;

  before(async () => {
    folder = await newFolder();
    makeNetwork();
    const given = [RESPONDER, "responder", "--bind", RECORDER, "--json"];
    responder = spawn("ip", ["netns", "exec", NAMES.recorder, process.execPath, ...given], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { stdout } = responder;
    assert.ok(stdout !== null);
    await once(stdout, "data");
  });

  after(async () => {
    responder?.kill();
    removeNetwork();
    await removeFolder(folder);
  });

  async function validate(rules: readonly string[]): Promise<Item[]> {
    nft(rules);
    const given = ["validate", "--recorder", `sip:${RECORDER}`, "--responder", "--calls", "1"];
    const child = spawn(
      "ip",
      [
        ...["netns", "exec", NAMES.pbx, process.execPath, TESTBED, ...given],
        ...["--minutes", "0.2", "--json", "--out", join(folder, "out")],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    let output = "";
    child.stdout.on("data", (data) => (output += String(data)));
    await once(child, "close");
    return (JSON.parse(output) as { readonly items: Item[] }).items;
  }

  const find = (items: readonly Item[], id: string): Item => {
    const item = items.find((one) => one.id === id);
    assert.ok(item !== undefined, id);
    return item;
  };

  test("without rules all ports are reached", async () => {
    const items = await validate([]);
    for (const id of ["responder.reached", "sip.udp.options", "sip.tcp.options"]) {
      assert.equal(find(items, id).verdict, "pass", find(items, id).measured);
    }
    assert.equal(find(items, "media.rtp-reach").verdict, "pass");
  });

  test("TCP dropped, TCP rejected and RTP dropped are three verdicts", async () => {
    const dropped = find(await validate(["tcp dport 5060 drop"]), "sip.tcp.options");
    assert.equal(dropped.verdict, "fail");
    assert.match(dropped.remedy ?? "", /Open TCP port 5060 from 10\.77\.0\.1 to 10\.77\.0\.2/);
    const items = await validate(["tcp dport 5060 reject with tcp reset", "udp dport 5004 drop"]);
    assert.match(find(items, "sip.tcp.options").remedy ?? "", /TCP port 5060 are rejected/);
    const rtp = find(items, "media.rtp-reach");
    assert.equal(rtp.verdict, "fail");
    assert.match(rtp.remedy ?? "", /UDP port 5004/);
  });
});
