// The files of a run that a person or a tool may want afterwards: ladder page, capture, trace, log,
// live directory and pool. Paused audio is taken out of the capture (design.md §5, "Pause").
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import {
  renderPcapng,
  renderRunHtml,
  type Artifacts,
  type RunEvidence,
  type RunResult,
} from "@tapeline/reports";
import type { LogFile } from "@tapeline/recorder/ports";
import { stringify } from "yaml";
import type { Environment } from "../environment/environment.ts";
import { withoutPausedAudio } from "./mask-capture.ts";
import type { RunRecord } from "./run-record.ts";

export const NO_ARTIFACTS: Artifacts = {
  ladder: null,
  pcap: null,
  trace: null,
  log: null,
  live: null,
  pool: null,
};

/** Where the files of a run in `directory` will be. */
export function artifactPaths(directory: string, environment: Environment): Artifacts {
  const path = (name: string): string => join(directory, name);
  const isLive = environment.mode === "live";
  const { live, pools } = environment.directories;
  return {
    ladder: path("ladder.html"),
    pcap: path("capture.pcapng"),
    trace: environment.trace() === null ? null : path("trace.txt"),
    log: path("recorder.log"),
    live: isLive ? live : path("live"),
    pool: isLive ? (pools[0] ?? null) : path("pool-0"),
  };
}

/**
 * Those of a run that came to no end. No capture: without the journals nobody can say what of it
 * was paused.
 */
export function unfinishedArtifacts(directory: string, environment: Environment): Artifacts {
  const { ladder, trace, log, live, pool } = artifactPaths(directory, environment);
  const isLive = environment.mode === "live";
  return { ...NO_ARTIFACTS, ladder, trace, log, ...(isLive ? { live, pool } : {}) };
}

export async function writeUnfinished(
  directory: string,
  environment: Environment,
  run: { readonly evidence: RunEvidence; readonly result: RunResult },
): Promise<void> {
  const { ladder, trace, log } = run.result.artifacts;
  await mkdir(directory, { recursive: true });
  await write(ladder, renderRunHtml(run.result, run.evidence));
  await write(log, textOf(await environment.recorderLog()));
  await write(trace, textOf(environment.trace()?.lines ?? []));
}

export async function writeArtifacts(
  directory: string,
  environment: Environment,
  run: { readonly record: RunRecord; readonly evidence: RunEvidence; readonly result: RunResult },
): Promise<void> {
  const { record, evidence, result } = run;
  const { ladder, pcap, trace, log } = result.artifacts;
  await mkdir(directory, { recursive: true });
  await write(ladder, renderRunHtml(result, evidence));
  await write(pcap, renderPcapng(withoutPausedAudio(environment.packets, record)));
  await write(log, textOf(record.log));
  await write(trace, textOf(environment.trace()?.lines ?? []));
  if (environment.mode === "virtual") await copyOut(environment, directory);
}

async function write(path: string | null, content: string | Uint8Array): Promise<void> {
  if (path !== null) await writeFile(path, content);
}

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

const LOG_FILES: readonly LogFile[] = [
  "library.log",
  "server.log",
  "cd3_log",
  "server_edition/events.log",
  "server_edition/call_center.log",
];

/**
 * The virtual disk's recordings, rows and logs as real files, with a configuration that names them,
 * so that `tapeline-recorder bundle --config recorder.yaml` reads the run as if it were its own.
 */
async function copyOut(environment: Environment, directory: string): Promise<void> {
  const { files, directories } = environment;
  const roots: [from: string, to: string][] = [
    [directories.live, join(directory, "live")],
    [directories.state, join(directory, "state")],
    ...directories.pools.map((pool, index): [string, string] => [
      pool,
      join(directory, `pool-${index}`),
    ]),
  ];
  const moved = new Map([...roots, [directories.log, join(directory, "log")]]);
  await writeFile(join(directory, "recorder.yaml"), configurationAt(environment, moved));
  for (const name of LOG_FILES) {
    const target = join(directory, "log", name);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, textOf(await environment.logLines(name)));
  }
  for (const [from, to] of roots) {
    await mkdir(to, { recursive: true });
    for (const path of await files.list(from)) {
      const target = join(to, relative(from, path));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, await files.read(path));
    }
  }
}

/** The recorder's, with the folders of the virtual disk where they are now. */
function configurationAt(environment: Environment, moved: ReadonlyMap<string, string>): string {
  const relocated = (_: string, value: unknown): unknown =>
    typeof value === "string" ? (moved.get(value) ?? value) : value;
  return stringify(JSON.parse(JSON.stringify(environment.configuration(), relocated)));
}
