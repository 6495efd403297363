// The configuration: one schema for recorder.example.yaml. Each problem is reported with path and
// remedy, all at once; the result is frozen and handed down in parts (style.md, "Configuration").
import { isIP } from "node:net";
import { isAbsolute, resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";

/** One thing wrong (or, as a warning, unwise) in a configuration. */
export interface ConfigProblem {
  /** Path of the key: "devlink3[0].port". */
  readonly path: string;
  readonly detail: string;
  readonly remedy: string;
}

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: RecorderConfig;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** `a detail | a remedy`: how the schema below carries both in one message. */
const SEPARATOR = " | ";

function because(detail: string, remedy: string): string {
  return `${detail}${SEPARATOR}${remedy}`;
}

const port = z
  .int({ error: () => because("is not a port", "Use a whole number from 1 to 65535.") })
  .min(1, because("is not a port", "Use a whole number from 1 to 65535."))
  .max(65_535, because("is not a port", "Use a whole number from 1 to 65535."));

const text = z.string().min(1, because("is empty", "Give a value."));

/** "100 GiB", "500 MB", "1048576". */
const byteSize = z.union([z.int().positive(), z.string()]).transform((value, context): number => {
  if (typeof value === "number") return value;
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|KiB|MB|MiB|GB|GiB|TB|TiB)?$/.exec(value.trim());
  const factor = match === null ? undefined : UNIT_BYTES[match[2] ?? "B"];
  if (match === null || factor === undefined) {
    context.addIssue({
      code: "custom",
      message: because(`"${value}" is not a size`, "Write it like 100 GiB or 500 MB."),
    });
    return z.NEVER;
  }
  return Math.round(Number(match[1]) * factor);
});

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
};

const address = z
  .string()
  .refine(
    (value) => isIP(value) !== 0,
    because("is not an IP address", "Give the IPv4 or IPv6 address, not a name."),
  );

const allowEntry = z.string().refine(
  (value) => {
    const [host, prefix, ...rest] = value.split("/");
    const family = isIP(host ?? "");
    if (family === 0 || rest.length > 0) return false;
    if (prefix === undefined) return true;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
  },
  because("is neither an address nor a CIDR block", "Write it like 192.0.2.1 or 192.0.2.0/24."),
);

const recorderSection = z
  .strictObject({
    name: text.default("recorder-1"),
    type: z
      .literal("DevLink Active Recording", {
        error: () => because("is not a known type", "Use: DevLink Active Recording."),
      })
      .default("DevLink Active Recording"),
    address,
    bind: z.union([z.literal("auto"), address]).default("auto"),
    recordFromBeginning: z.boolean().default(true),
    agents: z
      .union([z.literal("all"), z.array(z.union([text, z.int().transform(String)]))])
      .default("all"),
  })
  .readonly();

const sipTls = z.strictObject({
  cert: text,
  key: text,
  ca: text.optional(),
  requireClientCertificate: z.boolean().default(false),
});

const sipSection = z
  .strictObject({
    port: port.default(5060),
    transports: z
      .array(z.enum(["udp", "tcp", "tls"]))
      .min(1, because("is empty", "Name at least one of udp, tcp, tls."))
      .default(["udp", "tcp"]),
    tls: sipTls.optional(),
    allow: z.array(allowEntry).default([]),
    maximumCalls: z.int().min(1).max(10_000).default(2_000),
    maximumConnections: z.int().min(1).max(10_000).default(1_000),
  })
  .readonly();

const rtpSection = z
  .strictObject({
    port: port.optional(),
    range: z.tuple([port, port]).optional(),
    receiveBufferBytes: byteSize.default(4 * 2 ** 20),
  })
  .readonly();

const devlink3Tls = z.union([
  z.boolean(),
  z.strictObject({
    ca: text.optional(),
    cert: text.optional(),
    key: text.optional(),
    pinSha256: z
      .string()
      .regex(
        /^[0-9a-fA-F:]{64,95}$/,
        because("is not a SHA-256", "Give 64 hex digits, with or without colons."),
      )
      .transform((value) => value.replaceAll(":", "").toLowerCase())
      .optional(),
  }),
]);

const devlink3Entry = z.strictObject({
  host: text,
  api: z
    .literal("DevLink3", { error: () => because("is not a known API", "Use: DevLink3.") })
    .default("DevLink3"),
  port: port.optional(),
  tls: devlink3Tls.default(false),
  user: text,
  password: z.string(),
  scn: z.boolean().default(false),
});

const poolSection = z.strictObject({
  name: text,
  drives: z
    .array(z.strictObject({ path: text, maxBytes: byteSize.default(100 * 2 ** 30) }))
    .min(1, because("has no drive", "Give at least one drive with a path.")),
  deleteAfterDays: z.number().min(0).default(0),
  keepAtLeastDays: z.number().min(0).default(0),
});

const schema = z.strictObject({
  recorder: recorderSection,
  sip: sipSection.prefault({}),
  rtp: rtpSection.prefault({}),
  devlink3: z.array(devlink3Entry).default([]),
  live: z
    .strictObject({
      directory: text.default("data/live"),
      keepHours: z.number().min(0).default(24),
    })
    .prefault({}),
  pools: z
    .array(poolSection)
    .min(1, because("has no pool", "Give at least one pool with a drive."))
    .prefault([{ name: "main", drives: [{ path: "data/pool" }] }]),
  encoder: z
    .strictObject({
      format: z.literal("spx").default("spx"),
      command: text.default("auto"),
      quality: z.int().min(0).max(10).default(8),
    })
    .prefault({}),
  rules: z.array(z.record(z.string(), z.unknown())).default([]),
  pause: z
    .strictObject({
      fill: z.enum(["tone", "silence"]).default("tone"),
      guardMs: z.int().min(0).max(5_000).default(200),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: text.default("127.0.0.1"),
      port: z.int().min(0).max(65_535).default(8080),
      maximumListeners: z.int().min(1).max(10_000).default(500),
      maximumListenersPerStream: z.int().min(1).max(1_000).default(20),
    })
    .prefault({}),
  state: z.strictObject({ directory: text.default("data/state") }).prefault({}),
  catalog: z.strictObject({ file: text.default("data/catalog.sqlite") }).prefault({}),
  log: z
    .strictObject({
      directory: text.default("data/log"),
      level: z.enum(["debug", "info", "warn", "error"]).default("info"),
    })
    .prefault({}),
  simulation: z.strictObject({ allowLoopback: z.boolean().default(false) }).prefault({}),
});

type RawConfig = z.output<typeof schema>;

export type RtpConfig = { readonly receiveBufferBytes: number } & (
  { readonly port: number } | { readonly range: readonly [number, number] }
);

/** The checked configuration: paths absolute, ports filled in, secrets resolved. */
export type RecorderConfig = Omit<RawConfig, "rtp" | "devlink3"> & {
  readonly rtp: RtpConfig;
  readonly devlink3: readonly (z.output<typeof devlink3Entry> & { readonly port: number })[];
};

const DEFAULT_RTP_PORT = 5004;
const DEVLINK3_PORT = 50_797;
const DEVLINK3_TLS_PORT = 50_796;

export interface ConfigSource {
  /** Values for ${NAME}. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to this directory: that of the configuration file. */
  readonly baseDirectory: string;
}

/** Parses YAML text. Never throws. */
export function parseConfig(yamlText: string, source: ConfigSource): ConfigResult {
  const document = parseDocument(yamlText, { prettyErrors: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => ({
        path: `line ${error.linePos?.[0].line ?? "?"}`,
        detail: error.message.split("\n")[0] ?? "is not YAML",
        remedy: "Correct the YAML; recorder.example.yaml shows the form.",
      })),
    };
  }
  return checkConfig(document.toJS() ?? {}, source);
}

/** Checks a configuration that is already a value. Never throws. */
export function checkConfig(value: unknown, source: ConfigSource): ConfigResult {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const resolved = resolveEnvironment(value, "", source, problems);
  const result = schema.safeParse(resolved);
  if (!result.success) {
    problems.push(...result.error.issues.flatMap(problemsOf));
    return { ok: false, problems };
  }
  problems.push(...checkAcross(result.data));
  warnings.push(...warningsOf(result.data, value));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: deepFreeze(complete(result.data, source)), warnings };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`,
    )
    .join("");
}

function problemsOf(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = pathText(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: path === "" ? key : `${path}.${key}`,
      detail: "is not a known key",
      remedy: "Remove it, or correct its spelling; recorder.example.yaml lists the keys.",
    }));
  }
  const [detail, remedy] = issue.message.split(SEPARATOR);
  return [
    {
      path: path === "" ? "(top level)" : path,
      detail: detail ?? issue.message,
      remedy: remedy ?? "See recorder.example.yaml for the form of this key.",
    },
  ];
}

function resolveEnvironment(
  value: unknown,
  path: string,
  source: ConfigSource,
  problems: ConfigProblem[],
): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const found = source.environment[name];
      if (found !== undefined) return found;
      problems.push({
        path,
        detail: `names the environment variable ${name}, which is not set`,
        remedy: `Set ${name} in the recorder's environment.`,
      });
      return whole;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      resolveEnvironment(item, `${path}[${index}]`, source, problems),
    );
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolveEnvironment(item, path === "" ? key : `${path}.${key}`, source, problems),
      ]),
    );
  }
  return value;
}

/** Loopback and wildcard addresses can't be called by an IP Office (R12). */
export function isLoopbackOrWildcard(host: string): boolean {
  return /^(127\.|0\.0\.0\.0$|::1$|::$|::ffff:127\.)/.test(host) || host === "localhost";
}

function checkAcross(config: RawConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (path: string, detail: string, remedy: string): void => {
    problems.push({ path, detail, remedy });
  };
  const { recorder, sip, rtp } = config;
  if (isLoopbackOrWildcard(recorder.address) && !config.simulation.allowLoopback) {
    refuse(
      "recorder.address",
      `${recorder.address} is a loopback or wildcard address; the IP Office cannot call it`,
      "Give this machine's address as the IP Office reaches it.",
    );
  }
  if (rtp.port !== undefined && rtp.range !== undefined) {
    refuse("rtp", "has both port and range", "Keep one of them.");
  }
  if (rtp.range !== undefined) {
    const [first, last] = rtp.range;
    if (last <= first) refuse("rtp.range", "ends before it begins", "Give [first, last].");
    else if (first % 2 !== 0) refuse("rtp.range", "begins at an odd port", "Begin at an even one.");
    if (sip.port >= first && sip.port <= last) {
      refuse("rtp.range", "includes the SIP Message Port", "Move sip.port out of the range.");
    }
  } else if ((rtp.port ?? DEFAULT_RTP_PORT) === sip.port) {
    refuse("rtp.port", "is the SIP Message Port too", "Use different ports for SIP and RTP.");
  }
  if (sip.transports.includes("tls") && sip.tls === undefined) {
    refuse("sip.tls", "is missing though sip.transports names tls", "Give cert and key.");
  }
  const drives = config.pools.flatMap((pool) => pool.drives.map((drive) => drive.path));
  for (const path of new Set(drives.filter((item, index) => drives.indexOf(item) !== index))) {
    refuse("pools", `use the drive ${path} twice`, "Give each drive a directory of its own.");
  }
  if (new Set(config.pools.map((pool) => pool.name)).size < config.pools.length) {
    refuse("pools", "have a name twice", "Give each pool a name of its own.");
  }
  if (config.rules.length > 0) {
    refuse("rules", "are not supported by this version", "Remove them; every call is recorded.");
  }
  if (config.devlink3.length === 0 && sip.allow.length === 0) {
    refuse(
      "sip.allow",
      "is empty, and no IP Office is configured: nobody could call the recorder",
      "Add an entry to devlink3, or the caller's address to sip.allow.",
    );
  }
  config.devlink3.forEach((entry, index) => {
    if (
      typeof entry.tls === "object" &&
      (entry.tls.cert === undefined) !== (entry.tls.key === undefined)
    ) {
      refuse(`devlink3[${index}].tls`, "has only one of cert and key", "Give both, or neither.");
    }
  });
  return problems;
}

function warningsOf(config: RawConfig, original: unknown): ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  const { bind, address: advertised } = config.recorder;
  if (bind !== "auto" && bind !== advertised) {
    warnings.push({
      path: "recorder.bind",
      detail: `differs from recorder.address (${bind}, ${advertised})`,
      remedy: "Right behind NAT or in a container; otherwise use auto.",
    });
  }
  if (config.rtp.range === undefined && (config.rtp.port ?? DEFAULT_RTP_PORT) % 2 !== 0) {
    warnings.push({
      path: "rtp.port",
      detail: "is odd; RTP uses even ports (RFC 3550 §11)",
      remedy: "Use an even port.",
    });
  }
  if (!config.recorder.recordFromBeginning && config.rules.length === 0) {
    warnings.push({
      path: "rules",
      detail: "are empty and Record From Beginning is false: nothing will be recorded",
      remedy: "Add rules, or set recorder.recordFromBeginning to true.",
    });
  }
  config.devlink3.forEach((_, index) => {
    const given = plainPassword(original, index);
    if (given === null) return;
    warnings.push({
      path: `devlink3[${index}].password`,
      detail: "stands in the file as plain text",
      remedy: "Write ${NAME} and set NAME in the recorder's environment.",
    });
  });
  return warnings;
}

function plainPassword(original: unknown, index: number): string | null {
  if (typeof original !== "object" || original === null || !("devlink3" in original)) return null;
  const list: unknown = original.devlink3;
  const entry: unknown = Array.isArray(list) ? list[index] : undefined;
  if (typeof entry !== "object" || entry === null || !("password" in entry)) return null;
  return typeof entry.password === "string" && !entry.password.includes("${")
    ? entry.password
    : null;
}

function complete(raw: RawConfig, source: ConfigSource): RecorderConfig {
  const absolute = (path: string): string =>
    isAbsolute(path) ? path : resolve(source.baseDirectory, path);
  const { receiveBufferBytes } = raw.rtp;
  return {
    ...raw,
    rtp:
      raw.rtp.range === undefined
        ? { receiveBufferBytes, port: raw.rtp.port ?? DEFAULT_RTP_PORT }
        : { receiveBufferBytes, range: raw.rtp.range },
    sip: {
      ...raw.sip,
      ...(raw.sip.tls === undefined
        ? {}
        : {
            tls: {
              ...raw.sip.tls,
              cert: absolute(raw.sip.tls.cert),
              key: absolute(raw.sip.tls.key),
              ...(raw.sip.tls.ca === undefined ? {} : { ca: absolute(raw.sip.tls.ca) }),
            },
          }),
    },
    devlink3: raw.devlink3.map((entry) => ({
      ...entry,
      port: entry.port ?? (entry.tls === false ? DEVLINK3_PORT : DEVLINK3_TLS_PORT),
      tls: typeof entry.tls === "boolean" ? entry.tls : absolutePaths(entry.tls, absolute),
    })),
    live: { ...raw.live, directory: absolute(raw.live.directory) },
    pools: raw.pools.map((pool) => ({
      ...pool,
      drives: pool.drives.map((drive) => ({ ...drive, path: absolute(drive.path) })),
    })),
    encoder: {
      ...raw.encoder,
      command: raw.encoder.command.includes("/")
        ? absolute(raw.encoder.command)
        : raw.encoder.command,
    },
    state: { directory: absolute(raw.state.directory) },
    catalog: { file: absolute(raw.catalog.file) },
    log: { ...raw.log, directory: absolute(raw.log.directory) },
  };
}

type Devlink3TlsFiles = Exclude<z.output<typeof devlink3Tls>, boolean>;

function absolutePaths(
  tls: Devlink3TlsFiles,
  absolute: (path: string) => string,
): Devlink3TlsFiles {
  return {
    ...tls,
    ...(tls.ca === undefined ? {} : { ca: absolute(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: absolute(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: absolute(tls.key) }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}

/** The configuration for logs: secrets replaced by ***. */
export function maskSecrets(config: RecorderConfig): unknown {
  return {
    ...config,
    devlink3: config.devlink3.map((entry) => ({ ...entry, password: "***" })),
  };
}
