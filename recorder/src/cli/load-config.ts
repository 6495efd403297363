// Reads the configuration file for a command, and completes what only this machine knows: the
// address to bind, and the addresses behind names.
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { dirname, resolve } from "node:path";
import { parseConfig, type ConfigResult, type RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import type { Environment } from "./cli.ts";
import { isLocalAddress } from "./trials/local-address.ts";

export async function loadConfig(file: string, environment: Environment): Promise<ConfigResult> {
  const path = resolve(file);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const detail = `cannot be read (${systemCode(error) ?? "unknown"})`;
    return { ok: false, problems: [{ path, detail, remedy: "Check path and permissions." }] };
  }
  return parseConfig(text, { environment, baseDirectory: dirname(path) });
}

export function problemText(problem: {
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
  readonly label?: string;
}): string {
  const { path, label, detail, remedy } = problem;
  return `${path} ${label === undefined ? "" : `("${label}") `}${detail}. ${remedy}`;
}

/** `bind: auto` becomes the advertised address where it is ours, else all addresses. */
export async function fitToMachine(config: RecorderConfig): Promise<RecorderConfig> {
  const { address, bind } = config.recorder;
  const wildcard = address.includes(":") ? "::" : "0.0.0.0";
  const resolved = bind !== "auto" ? bind : isLocalAddress(address) ? address : wildcard;
  return {
    ...config,
    recorder: { ...config.recorder, bind: resolved },
    sip: { ...config.sip, allow: await allowedSources(config) },
  };
}

/** The IP Offices' addresses, names looked up; a name that is unknown now allows nobody. */
async function allowedSources(config: RecorderConfig): Promise<string[]> {
  if (config.sip.allow.length > 0) return [...config.sip.allow];
  const sources: string[] = [];
  for (const { host } of config.devlink3) {
    if (isIP(host) !== 0) sources.push(host);
    else sources.push(...(await lookUp(host)));
  }
  return sources;
}

async function lookUp(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return [];
  }
}
