// The configuration: YAML text or a value → a checked, complete, frozen RecorderConfig, or every
// problem at once, each with path and remedy (style.md, "Configuration").
import { isAbsolute, resolve } from "node:path";
import { parseDocument } from "yaml";
import { checkAcross, DEFAULT_RTP_PORT, warningsOf } from "./config-checks.ts";
import {
  labelled,
  MISSING,
  pathText,
  plainIssues,
  problemsOf,
  wording,
  type ConfigProblem,
} from "./config-problems.ts";
import { ruleProblems } from "./config-rules.ts";
import { isKnown, repair, type Repaired } from "./config-repair.ts";
import {
  configSchema,
  type Devlink3TlsFiles,
  type RawConfig,
  type RecorderConfig,
} from "./config-schema.ts";

export { isLoopbackOrWildcard } from "./config-checks.ts";
export { labelOf } from "./config-problems.ts";
export type { ConfigProblem } from "./config-problems.ts";
export type { RecorderConfig, RtpConfig } from "./config-schema.ts";

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: RecorderConfig;
      readonly warnings: readonly ConfigProblem[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      /** What could be read all the same: for a look at the machine, never to run with. */
      readonly readable?: ReadableConfig;
    };

export interface ReadableConfig {
  /** What was refused has its default here, or a stand-in. */
  readonly config: RecorderConfig;
  /** Whether the value at this path is what the file says. */
  isKnown(path: string): boolean;
}

export interface ConfigSource {
  /** Values for ${NAME}. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to this directory: that of the configuration file. */
  readonly baseDirectory: string;
}

/** A configuration is a few pages; what is longer is another file. */
export const MAXIMUM_CONFIG_CHARACTERS = 1_000_000;
/** Deeper than any key; also ends YAML that contains itself. */
const MAXIMUM_DEPTH = 16;

const DEVLINK3_PORT = 50_797;
const DEVLINK3_TLS_PORT = 50_796;

/** Parses YAML text. Never throws. */
export function parseConfig(yamlText: string, source: ConfigSource): ConfigResult {
  if (yamlText.length > MAXIMUM_CONFIG_CHARACTERS) {
    return unreadable("(file)", `has more than ${MAXIMUM_CONFIG_CHARACTERS} characters`);
  }
  const document = parseDocument(yamlText, { prettyErrors: true, logLevel: "error" });
  const problems = document.errors.map((error) => ({
    path: `line ${error.linePos?.[0].line ?? "?"}`,
    detail: error.message.split("\n")[0] ?? "is not YAML",
    remedy: YAML_REMEDY,
  }));
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases: one without anchor, or more of them than any configuration has.
    if (!(error instanceof ReferenceError)) throw error;
    return problems.length > 0 ? { ok: false, problems } : unreadable("(file)", error.message);
  }
  if (problems.length > 0) return joinProblems(problems, checkConfig(value ?? {}, source));
  if (value === null) return joinProblems(EMPTY_FILE, checkConfig({}, source));
  return checkConfig(value, source);
}

const EMPTY_FILE: readonly ConfigProblem[] = [
  {
    path: "(file)",
    detail: "is empty",
    remedy: "Copy recorder.example.yaml, and change what is yours.",
  },
];

/**
 * YAML that breaks off: what stands in it is checked, what seems to be missing may stand behind.
 */
function joinProblems(found: readonly ConfigProblem[], checked: ConfigResult): ConfigResult {
  if (checked.ok) return { ok: false, problems: found };
  const isBroken = found !== EMPTY_FILE;
  const others = checked.problems.filter(({ detail }) => !isBroken || detail !== MISSING);
  return { ...checked, problems: [...found, ...others] };
}

const UNSET = "names the environment variable";
const YAML_REMEDY = "Correct the YAML; recorder.example.yaml shows the form.";

function unreadable(path: string, detail: string): ConfigResult {
  return { ok: false, problems: [{ path, detail, remedy: YAML_REMEDY }] };
}

/** Checks a configuration that is already a value. Never throws. */
export function checkConfig(value: unknown, source: ConfigSource): ConfigResult {
  const problems: ConfigProblem[] = [];
  const resolved = resolveVariables(value, [], { source, problems });
  const result = configSchema.safeParse(resolved, { error: wording });
  if (!result.success) {
    const told = new Set(problems.map(({ path }) => path));
    problems.push(
      ...result.error.issues
        .flatMap((issue) => plainIssues(issue))
        .flatMap(problemsOf)
        // A variable that is not set is the cause of what its key then lacks.
        .filter(({ path }) => !told.has(path)),
    );
  }
  problems.push(...ruleProblems(resolved));
  const repaired: Repaired | null = result.success
    ? { config: result.data, unknown: [] }
    : repair(resolved);
  if (repaired !== null) {
    const across = checkAcross(repaired.config).filter(({ needs }) =>
      needs.every((path) => isKnown(repaired, path)),
    );
    problems.push(...across.map(({ path, detail, remedy }) => ({ path, detail, remedy })));
  }
  if (!result.success || problems.length > 0) {
    const readable = repaired === null ? null : readableOf(repaired, { problems, source });
    return {
      ok: false,
      problems: problems.map(labelled),
      ...(readable === null ? {} : { readable }),
    };
  }
  const warnings = warningsOf(result.data, value).map(labelled);
  return { ok: true, config: deepFreeze(complete(result.data, source)), warnings };
}

function readableOf(
  repaired: Repaired,
  {
    problems,
    source,
  }: { readonly problems: readonly ConfigProblem[]; readonly source: ConfigSource },
): ReadableConfig {
  // A variable that is not set is no value either, where the schema takes any text.
  const unset = problems.filter(({ detail }) => detail.startsWith(UNSET)).map(({ path }) => path);
  const all = { ...repaired, unknown: [...repaired.unknown, ...unset] };
  return {
    config: deepFreeze(complete(repaired.config, source)),
    isKnown: (path) => isKnown(all, path),
  };
}

/** A copy with ${NAME} replaced by the environment's values. */
function resolveVariables(
  value: unknown,
  path: readonly PropertyKey[],
  told: { readonly source: ConfigSource; readonly problems: ConfigProblem[] },
): unknown {
  const tell = (detail: string, remedy: string): void => {
    told.problems.push({ path: pathText(path), detail, remedy });
  };
  if (path.length > MAXIMUM_DEPTH) {
    tell("is nested too deeply", YAML_REMEDY);
    return null;
  }
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const found = told.source.environment[name];
      if (found !== undefined) return found;
      tell(`${UNSET} ${name}, which is not set`, `Set ${name} in the recorder's environment.`);
      return whole;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveVariables(item, [...path, index], told));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolveVariables(item, [...path, key], told),
      ]),
    );
  }
  return value;
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
    http: {
      ...raw.http,
      ...(raw.http.tls === undefined
        ? {}
        : { tls: { cert: absolute(raw.http.tls.cert), key: absolute(raw.http.tls.key) } }),
    },
    state: { directory: absolute(raw.state.directory) },
    catalog: { file: absolute(raw.catalog.file) },
    log: { ...raw.log, directory: absolute(raw.log.directory) },
  };
}

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
    webhooks: config.webhooks.map((entry) => ({ ...entry, secret: "***" })),
  };
}
