// What no key can tell alone: options that exclude each other or need each other, and what is
// allowed yet unwise. Pure; the result does not change the configuration.
import { BlockList, isIP } from "node:net";
import type { ConfigProblem } from "./config-problems.ts";
import type { RawConfig } from "./config-schema.ts";
import { isPauseRule } from "./rules/rule-schema.ts";

export const DEFAULT_RTP_PORT = 5004;

const NOT_CALLABLE = new BlockList();
NOT_CALLABLE.addSubnet("127.0.0.0", 8, "ipv4");
NOT_CALLABLE.addSubnet("0.0.0.0", 8, "ipv4");
NOT_CALLABLE.addAddress("::1", "ipv6");
NOT_CALLABLE.addAddress("::", "ipv6");

/** Loopback and wildcard addresses can't be called by an IP Office (R12). */
export function isLoopbackOrWildcard(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === "localhost";
  return NOT_CALLABLE.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** A problem, and the paths that must have been read for it to be true. */
export interface CheckProblem extends ConfigProblem {
  readonly needs: readonly string[];
}

type Refuse = (
  path: string,
  words: readonly [detail: string, remedy: string],
  needs?: readonly string[],
) => void;

/** All that excludes each other, or is missing because of another key. */
export function checkAcross(config: RawConfig): CheckProblem[] {
  const problems: CheckProblem[] = [];
  const refuse: Refuse = (path, [detail, remedy], needs = [path]) => {
    problems.push({ path, detail, remedy, needs });
  };
  checkAddress(config, refuse);
  checkPorts(config, refuse);
  checkSip(config, refuse);
  checkPools(config, refuse);
  checkLinks(config, refuse);
  return problems;
}

function checkAddress({ recorder, simulation }: RawConfig, refuse: Refuse): void {
  const { address } = recorder;
  if (!isLoopbackOrWildcard(address) || simulation.allowLoopback) return;
  refuse(
    "recorder.address",
    [
      `${address} is a loopback or wildcard address; the IP Office cannot call it`,
      "Give this machine's address as the IP Office reaches it.",
    ],
    ["recorder.address", "simulation"],
  );
}

function checkPorts({ sip, rtp }: RawConfig, refuse: Refuse): void {
  const needs = ["sip.port", "rtp"];
  if (rtp.port !== undefined && rtp.range !== undefined) {
    refuse("rtp", ["has both port and range", "Keep one of them."]);
  }
  if (rtp.range === undefined) {
    if ((rtp.port ?? DEFAULT_RTP_PORT) !== sip.port) return;
    const words = ["is the SIP Message Port too", "Use different ports for SIP and RTP."] as const;
    refuse("rtp.port", words, needs);
    return;
  }
  const [first, last] = rtp.range;
  if (last <= first) refuse("rtp.range", ["ends before it begins", "Give [first, last]."]);
  if (first % 2 !== 0) refuse("rtp.range", ["begins at an odd port", "Begin at an even one."]);
  if (sip.port >= first && sip.port <= last) {
    const words = ["includes the SIP Message Port", "Move sip.port out of the range."] as const;
    refuse("rtp.range", words, needs);
  }
}

function checkSip({ sip, devlink3 }: RawConfig, refuse: Refuse): void {
  if (new Set(sip.transports).size < sip.transports.length) {
    refuse("sip.transports", ["names a transport twice", "Name each once."]);
  }
  if (sip.transports.includes("tls") && sip.tls === undefined) {
    const words = ["is missing though sip.transports names tls", "Give cert and key."] as const;
    refuse("sip.tls", words, ["sip.tls", "sip.transports"]);
  }
  if (devlink3.length === 0 && sip.allow.length === 0) {
    refuse(
      "sip.allow",
      [
        "is empty, and no IP Office is configured: nobody could call the recorder",
        "Add an entry to devlink3, or the caller's address to sip.allow.",
      ],
      ["sip.allow", "devlink3"],
    );
  }
}

function checkPools({ pools }: RawConfig, refuse: Refuse): void {
  const drives = pools.flatMap((pool) => pool.drives.map((drive) => drive.path));
  for (const path of new Set(drives.filter((item, index) => drives.indexOf(item) !== index))) {
    refuse("pools", [`use the drive ${path} twice`, "Give each drive a directory of its own."], []);
  }
  if (new Set(pools.map((pool) => pool.name)).size < pools.length) {
    refuse("pools", ["have a name twice", "Give each pool a name of its own."], []);
  }
  pools.forEach(({ deleteAfterDays, keepAtLeastDays }, index) => {
    if (deleteAfterDays === 0 || keepAtLeastDays <= deleteAfterDays) return;
    refuse(`pools[${index}].keepAtLeastDays`, [
      "is longer than deleteAfterDays",
      "Delete later, or keep shorter; deleteAfterDays 0 deletes never.",
    ]);
  });
}

function checkLinks({ devlink3 }: RawConfig, refuse: Refuse): void {
  devlink3.forEach(({ tls }, index) => {
    if (typeof tls === "boolean" || (tls.cert === undefined) === (tls.key === undefined)) return;
    refuse(`devlink3[${index}].tls`, ["has only one of cert and key", "Give both, or neither."]);
  });
}

/** Allowed, but worth a word. `original` is the value before variables were filled in. */
export function warningsOf(config: RawConfig, original: unknown): ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  const warn = (path: string, detail: string, remedy: string): void => {
    warnings.push({ path, detail, remedy });
  };
  const { bind, address, recordFromBeginning } = config.recorder;
  if (bind !== "auto" && bind !== address) {
    warn(
      "recorder.bind",
      `differs from recorder.address (${bind}, ${address})`,
      "Right behind NAT or in a container; otherwise use auto.",
    );
  }
  if (config.rtp.range === undefined && (config.rtp.port ?? DEFAULT_RTP_PORT) % 2 !== 0) {
    warn("rtp.port", "is odd; RTP uses even ports (RFC 3550 §11)", "Use an even port.");
  }
  if (config.sip.tls !== undefined && !config.sip.transports.includes("tls")) {
    warn("sip.tls", "is not used: sip.transports does not name tls", "Add tls to sip.transports.");
  }
  const deciding = config.rules.filter((rule) => !isPauseRule(rule));
  if (!recordFromBeginning && deciding.length === 0) {
    warn(
      "rules",
      "are empty and Record From Beginning is false: nothing will be recorded",
      "Add rules, or set recorder.recordFromBeginning to true.",
    );
  }
  if (deciding.length > 0 && deciding.every(({ record }) => !record)) {
    warn(
      "rules",
      "are all negative: a call is kept only if a positive rule matches, so that none will be",
      "Add a rule with record: true.",
    );
  }
  config.devlink3.forEach((_, index) => {
    if (!isPlainPassword(original, index)) return;
    warn(
      `devlink3[${index}].password`,
      "stands in the file as plain text",
      "Write ${NAME} and set NAME in the recorder's environment.",
    );
  });
  return warnings;
}

function isPlainPassword(original: unknown, index: number): boolean {
  if (typeof original !== "object" || original === null || !("devlink3" in original)) return false;
  const list: unknown = original.devlink3;
  const entry: unknown = Array.isArray(list) ? list[index] : undefined;
  if (typeof entry !== "object" || entry === null || !("password" in entry)) return false;
  return typeof entry.password === "string" && !/\$\{\w+\}/.test(entry.password);
}
