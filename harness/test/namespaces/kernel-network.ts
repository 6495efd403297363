// A network of a real kernel for tests: two namespaces with a cable (veth) between, a responder in
// one, `testbed validate` in the other, and rules of nft at the responder's door. Needs root, ip
// and nft; only namespaces of this process are made, and they go whatever happens.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ValidationItem, ValidationResult } from "@tapeline/reports";
import { REPOSITORY } from "../live/live-fixture.ts";

export const PBX = "10.77.0.1";
export const RECORDER = "10.77.0.2";
const TESTBED = join(REPOSITORY, "harness/bin/testbed.js");
const RESPONDER = join(REPOSITORY, "recorder/bin/tapeline-recorder.js");

/** false = the tests can run. */
export function skipReason(): string | false {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (spawnSync("nft", ["--version"]).status !== 0) return "needs Debian's nftables";
  if (spawnSync("ip", ["netns", "list"]).status !== 0) return "needs Debian's iproute2";
  return false;
}

export interface KernelNetworkOptions {
  readonly name: string;
  /** Rules of nft for what comes to the recorder, after fragments are put together. */
  readonly input?: readonly string[];
  /** The same, for each fragment by itself. */
  readonly fragments?: readonly string[];
  /** Of the cable. */
  readonly mtu?: number;
}

export class KernelNetwork {
  readonly #options: KernelNetworkOptions;
  readonly #pbx: string;
  readonly #recorder: string;
  #responder: ChildProcess | null = null;

  constructor(options: KernelNetworkOptions) {
    this.#options = options;
    this.#pbx = `tapeline-${process.pid}-${options.name}-pbx`;
    this.#recorder = `tapeline-${process.pid}-${options.name}-rec`;
  }

  /** Resolves when the responder is ready. */
  async start(): Promise<void> {
    const { input = [], fragments = [], mtu = 1_500 } = this.#options;
    for (const name of [this.#pbx, this.#recorder]) ip("netns", "add", name);
    const peer = ["peer", "name", "tl1", "netns", this.#recorder];
    ip("link", "add", "tl0", "netns", this.#pbx, "type", "veth", ...peer);
    for (const [name, device, address] of [
      [this.#pbx, "tl0", PBX],
      [this.#recorder, "tl1", RECORDER],
    ] as const) {
      ip("-n", name, "addr", "add", `${address}/24`, "dev", device);
      ip("-n", name, "link", "set", device, "mtu", String(mtu));
      for (const up of ["lo", device]) ip("-n", name, "link", "set", up, "up");
    }
    const script = [
      "add table inet t",
      "add chain inet t in { type filter hook input priority 0 ; }",
      "add chain inet t raw { type filter hook prerouting priority -450 ; }",
      ...input.map((rule) => `add rule inet t in ${rule}`),
      ...fragments.map((rule) => `add rule inet t raw ${rule}`),
    ].join("\n");
    this.#nft(["-f", "-"], script);
    const given = [RESPONDER, "responder", "--bind", RECORDER, "--json"];
    this.#responder = spawn("ip", inNamespace(this.#recorder, given), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(this.#responder.stdout !== null);
    await once(this.#responder.stdout, "data");
  }

  /** `testbed validate` from the IP Office's place, as it is typed. */
  async validate(out: string, ...given: readonly string[]): Promise<ValidationResult> {
    const words = ["validate", "--recorder", `sip:${RECORDER}`, "--minutes", "0.1", "--json"];
    const command = [TESTBED, ...words, "--out", join(out, this.#options.name), ...given];
    const child = spawn("ip", inNamespace(this.#pbx, command), {
      stdio: ["ignore", "pipe", "ignore"],
      // No PDF: that is not what is proved here.
      env: { ...process.env, PATH: "/usr/sbin:/sbin" },
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    await once(child, "close");
    return JSON.parse(output) as ValidationResult;
  }

  /** All rules there, in nft's words. */
  rules(): string {
    return this.#nft(["list", "ruleset"], "");
  }

  async close(): Promise<void> {
    if (this.#responder !== null) {
      const over = once(this.#responder, "close");
      this.#responder.kill();
      await over;
    }
    for (const name of [this.#pbx, this.#recorder]) spawnSync("ip", ["netns", "del", name]);
  }

  /** Ends the responder alone, and tells what rules are left. */
  async rulesAfterResponder(): Promise<string> {
    const responder = this.#responder;
    if (responder !== null) {
      const over = once(responder, "close");
      responder.kill();
      await over;
    }
    this.#responder = null;
    return this.rules();
  }

  #nft(given: readonly string[], input: string): string {
    const command = ["netns", "exec", this.#recorder, "nft", ...given];
    return execFileSync("ip", command, { input }).toString();
  }
}

export function find({ items }: ValidationResult, id: string): ValidationItem {
  const item = items.find((one) => one.id === id);
  assert.ok(item !== undefined, id);
  return item;
}

function ip(...given: readonly string[]): void {
  execFileSync("ip", [...given], { stdio: "pipe" });
}

function inNamespace(name: string, command: readonly string[]): string[] {
  return ["netns", "exec", name, process.execPath, ...command];
}
