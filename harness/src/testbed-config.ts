// The recorder's configuration in a test run: a value as it would stand in the YAML file.
import type { Directories } from "./environment/environment.ts";

export interface TestbedConfig {
  readonly address: string;
  readonly allowLoopback: boolean;
  readonly sipPort: number;
  readonly rtpPort: number;
  readonly httpPort: number;
  readonly devlink3: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly tls: boolean | { readonly ca: string };
  };
  readonly directories: Directories;
  readonly catalogFile: string;
  /** Merged in last: objects deep, lists and values whole. */
  readonly changes: Readonly<Record<string, unknown>>;
}

export function recorderConfig(options: TestbedConfig): Record<string, unknown> {
  const { directories, devlink3 } = options;
  const value = {
    recorder: { name: "recorder-1", address: options.address, bind: options.address },
    sip: { port: options.sipPort },
    rtp: { port: options.rtpPort },
    devlink3: [{ ...devlink3, api: "DevLink3" }],
    live: { directory: directories.live },
    pools: [{ name: "main", drives: directories.pools.map((path) => ({ path })) }],
    http: { port: options.httpPort },
    state: { directory: directories.state },
    catalog: { file: options.catalogFile },
    log: { directory: directories.log, level: "debug" },
    simulation: { allowLoopback: options.allowLoopback },
  };
  return merge(value, options.changes);
}

function merge(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, change] of Object.entries(changes)) {
    const present = merged[key];
    merged[key] = isObject(present) && isObject(change) ? merge(present, change) : change;
  }
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
