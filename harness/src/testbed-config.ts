// The recorder's configuration in a test run: a value as it would stand in the YAML file.
import type { ConfigurationChange } from "@tapeline/scenarios";
import type { Directories } from "./environment/environment.ts";

export interface TestbedConfig {
  readonly address: string;
  /** Where it really listens; by default `address`. */
  readonly bind?: string;
  readonly allowLoopback: boolean;
  readonly sipPort: number;
  /** Certificate and key, where it is called by SIP over TLS alone. */
  readonly sipTls?: Readonly<Record<"cert" | "key", string>> | null;
  readonly rtpPort: number;
  readonly httpPort: number;
  readonly devlink3: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly tls: boolean | Readonly<Record<string, string>>;
    /** Events of all nodes of the network. */
    readonly scn?: boolean;
  };
  /** Entries of further IP Offices. */
  readonly furtherLinks?: readonly Readonly<Record<string, unknown>>[];
  readonly directories: Directories;
  readonly catalogFile: string;
  /** Merged in last: objects deep, lists and values whole. */
  readonly changes: Readonly<Record<string, unknown>>;
}

export function recorderConfig(options: TestbedConfig): Record<string, unknown> {
  const { directories, devlink3, sipTls = null } = options;
  const value = {
    recorder: {
      name: "recorder-1",
      address: options.address,
      bind: options.bind ?? options.address,
    },
    sip: {
      port: options.sipPort,
      ...(sipTls === null ? {} : { transports: ["tls"], tls: sipTls }),
    },
    rtp: { port: options.rtpPort },
    devlink3: [{ ...devlink3, api: "DevLink3" }, ...(options.furtherLinks ?? [])],
    live: { directory: directories.live },
    pools: [{ name: "main", drives: directories.pools.map((path) => ({ path })) }],
    // The testbed polls: a limit on requests would be one on scenarios.
    http: { port: options.httpPort, requestsPerMinute: 60_000 },
    state: { directory: directories.state },
    catalog: { file: options.catalogFile },
    log: { directory: directories.log, level: "debug" },
    simulation: { allowLoopback: options.allowLoopback },
  };
  return merge(value, options.changes);
}

/** A configuration with a change of a scenario in it. */
export function changedConfig(
  config: Readonly<Record<string, unknown>>,
  { drives, changes = {} }: ConfigurationChange,
  directories: Directories,
): Record<string, unknown> {
  if (drives === undefined) return merge(config, changes);
  const paths = drives.map((index) => ({ path: directories.pools[index] }));
  return merge({ ...config, pools: [{ name: "main", drives: paths }] }, changes);
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
