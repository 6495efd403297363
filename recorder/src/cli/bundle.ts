// `tapeline-recorder bundle`: one zip for a fault report, of a time span, of one recording, or of
// everything (R24). The recorder may run meanwhile. bundle/ says what goes in and masks secrets.
import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { resolve } from "node:path";
import { stringify } from "yaml";
import { writeBundle, type BundleResult, type MadeText, sizeText } from "../bundle/bundle.ts";
import {
  logSources,
  readReleases,
  recordingFacts,
  recordingSources,
  spanOf,
} from "../bundle/contents.ts";
import { SecretMask } from "../bundle/secret-mask.ts";
import { maskSecrets, type RecorderConfig } from "../config.ts";
import { RecorderError, systemCode } from "../errors.ts";
import { findRecordings } from "../inspect/find-recordings.ts";
import { allFiles, type RecordingFiles, type Span } from "../inspect/recording-files.ts";
import { nodeEncoder, nodeRandom } from "../ports/node/index.ts";
import { spoolAudit } from "./audit-spool.ts";
import { checkConfigText } from "./check-config.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig } from "./offline-storage.ts";
import { Progress } from "./progress.ts";
import { placesOf, supportPorts, type SupportPorts } from "./support-ports.ts";

/** Of sources, before compression. */
export const DEFAULT_LIMIT_BYTES = 4 * 2 ** 30;
/** Around one recording: what led to it, and what became of it. */
const MARGIN_MS = 60_000;
const KIB = 1024;

export interface BundleOptions {
  readonly config: string;
  readonly out: string;
  readonly span: Span | null;
  /** Any of a recording's names; null: not only of one. */
  readonly recording: string | null;
  readonly limitBytes: number;
  readonly isJson: boolean;
}

export async function bundleCommand(
  options: BundleOptions,
  environment: Environment,
): Promise<number> {
  const config = await offlineConfig(options.config, environment);
  if (config === null) return EXIT.usage;
  const ports = await supportPorts(config);
  try {
    const chosen = await choose(options, config, ports);
    if (chosen === null) {
      process.stderr.write(
        `No recording is named ${options.recording}: neither by its key, its SIP Call-ID, nor ` +
          `its liveStreamId. Its files may be on a drive that is not mounted.\n`,
      );
      return EXIT.usage;
    }
    if (!(await audited(options, config, ports))) return EXIT.failed;
    const result = await write(options, { config, ports, chosen, environment });
    tell(result, options.isJson);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.code === "BUNDLE_TOO_LARGE" ? EXIT.usage : EXIT.failed;
  } finally {
    await ports.close();
  }
}

/** "Every export is audited": without a line in the trail no audio leaves the house. */
async function audited(
  { out, recording, span }: BundleOptions,
  config: RecorderConfig,
  { disk }: SupportPorts,
): Promise<boolean> {
  const what = recording ?? (span === null ? "everything" : JSON.stringify(span));
  const entry = { by: "command line", action: "bundle", target: what, result: "ok" };
  const to = { stateDirectory: config.state.directory, id: nodeRandom().uuid() };
  try {
    await spoolAudit({ ...entry, detail: resolve(out) }, to, disk);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    process.stderr.write(
      `A bundle holds recordings, and every export is audited; but nothing can be written to ` +
        `${config.state.directory} (${code}). Run this as the recorder's user.\n`,
    );
    return false;
  }
}

interface Chosen {
  readonly recordings: readonly RecordingFiles[];
  /** Of logs and rows; null: all of them. */
  readonly span: Span | null;
}

/** null: there is no such recording. */
async function choose(
  { recording, span }: BundleOptions,
  config: RecorderConfig,
  ports: SupportPorts,
): Promise<Chosen | null> {
  const places = placesOf(config);
  if (recording === null) {
    return { recordings: await allFiles(places, ports, span ?? undefined), span };
  }
  const looking = new Progress("journals read", process.stderr);
  const recordings = await findRecordings(recording, {
    places,
    disks: ports,
    searchCatalog: ports.searchCatalog,
    onProgress: (done, total) => looking.update(done, total),
  });
  looking.end();
  if (recordings.length === 0) return null;
  return { recordings, span: span ?? (await spanOf(recordings, MARGIN_MS)) };
}

async function write(
  options: BundleOptions,
  about: {
    readonly config: RecorderConfig;
    readonly ports: SupportPorts;
    readonly chosen: Chosen;
    readonly environment: Environment;
  },
): Promise<BundleResult> {
  const { config, ports, chosen, environment } = about;
  const { recordings, span } = chosen;
  const { disk, clock } = ports;
  const directories = {
    logDirectory: config.log.directory,
    stateDirectory: config.state.directory,
  };
  const logs = await logSources(directories, disk);
  const looking = new Progress("recordings looked at", process.stderr);
  const audio = await recordingSources(recordings, {
    span: options.recording === null ? span : null,
    liveDirectory: config.live.directory,
    releases: await readReleases(config.state.directory, disk),
    onProgress: (done, total) => looking.update(done, total),
  });
  looking.end();
  const plan = {
    path: resolve(options.out),
    nowTimeMs: clock.wallTimeMs(),
    span,
    made: await madeTexts(options.config, config, environment),
    sources: [...logs.sources, ...audio.sources],
    released: audio.released,
    missing: [...logs.missing, ...audio.missing],
    about: {
      recorder: config.recorder.name,
      recordings: await Promise.all(
        // Of a whole site the list would be longer than the rest; the journals say it all.
        (options.recording === null ? [] : recordings).map(recordingFacts),
      ),
    },
    limitBytes: options.limitBytes,
  };
  const progress = new Progress("KiB bundled", process.stderr);
  const mask = new SecretMask(await secretsOf(config));
  const result = await writeBundle(plan, { disk, mask }, (done, total) =>
    progress.update(Math.floor(done / KIB), Math.ceil(total / KIB)),
  );
  progress.end();
  return result;
}

function tell({ path, bytes, files, released, missing }: BundleResult, isJson: boolean): void {
  if (isJson) {
    const document = { version: 1, file: path, bytes, files, released, missing };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const lines = [
    `${path}  ${sizeText(bytes)}, ${files.length + 1} files; manifest.json says what and why.`,
    ...missing.map(({ file, why }) => `  without ${file}: ${why}`),
    ...released.map(({ file, detail }) => `  without ${file}: ${detail}`),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

// ---- What is made for the bundle ----------------------------------------------------------------

async function madeTexts(
  file: string,
  config: RecorderConfig,
  environment: Environment,
): Promise<MadeText[]> {
  return [
    {
      name: "configuration.yaml",
      why: "the configuration in force, without its secrets",
      text: stringify(maskSecrets(config)),
    },
    {
      name: "check-config.txt",
      why: "what check-config says; beside a running recorder its own ports are taken",
      text: await checkConfigText(file, environment),
    },
    { name: "versions.json", why: "what runs here", text: await versions(config) },
    { name: "rules.json", why: "the rules in force", text: await rules(config) },
  ];
}

async function versions(config: RecorderConfig): Promise<string> {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { name, version } = JSON.parse(manifest) as { name: string; version: string };
  const { arch, platform, versions: own } = process;
  const encoder = await describeEncoder(config);
  const document = { version: 1, [name]: version, node: own.node, platform, arch, os: release() };
  return json({ ...document, encoder });
}

async function describeEncoder(config: RecorderConfig): Promise<unknown> {
  try {
    return await nodeEncoder({ command: config.encoder.command }).describe();
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return error.message;
  }
}

async function rules(config: RecorderConfig): Promise<string> {
  const path = `${config.state.directory}/rules.json`;
  try {
    const saved: unknown = JSON.parse(await readFile(path, "utf8"));
    return json({ version: 1, source: "saved by API or console", saved });
  } catch (error) {
    if (error instanceof SyntaxError) return json({ version: 1, source: "damaged", path });
    if (systemCode(error) !== "ENOENT") throw error;
    return json({ version: 1, source: "configuration", rules: config.rules });
  }
}

/** The values that must be nowhere: also the lines of private keys, whose files are not taken. */
async function secretsOf(config: RecorderConfig): Promise<string[]> {
  const { devlink3, webhooks, sip, http } = config;
  const keyFiles = [sip.tls?.key, http.tls?.key].concat(
    devlink3.map(({ tls }) => (typeof tls === "boolean" ? undefined : tls.key)),
  );
  const keys = await Promise.all(keyFiles.map((file) => keyLines(file)));
  return [
    ...devlink3.map(({ password }) => password),
    ...webhooks.map(({ secret }) => secret),
    ...keys.flat(),
  ];
}

async function keyLines(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  try {
    const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
    return lines.filter((line) => /^[A-Za-z0-9+/=]{16,}$/.test(line));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return [];
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
