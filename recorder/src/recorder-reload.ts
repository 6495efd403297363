// Reload: a configuration that was read again is put in force as far as that goes without a
// restart; calls go on. Each part of the recorder that can change says which paths it covers; what
// no part covers is named as needing a restart. A part that fails keeps what it had. One reload at
// a time.
import { changedPaths } from "./config-diff.ts";
import type { ConfigProblem, RecorderConfig } from "./config.ts";
import { ERRORS } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Something of the recorder that can take a new configuration while calls go on. */
export interface ReloadPart {
  /** "pools", "API keys": for the log. */
  readonly name: string;
  /** The paths that it puts in force; null: none. */
  readonly covers: RegExp | null;
  /** It also reads files of its own, so it has its turn at every reload. */
  readonly isAlways: boolean;
  /** Rejects when it keeps what it had. */
  apply(next: RecorderConfig): Promise<void>;
}

export interface ReloadReport {
  /** Paths that are in force now. */
  readonly applied: readonly string[];
  /** Paths that differ from what the recorder was started with, and wait for a restart. */
  readonly needsRestart: readonly string[];
  /** Parts that kept what they had, and why. */
  readonly failed: readonly { readonly part: string; readonly detail: string }[];
}

export class Reloader {
  readonly #started: RecorderConfig;
  readonly #parts: readonly ReloadPart[];
  /** What each part has in force. */
  readonly #inForce = new Map<ReloadPart, RecorderConfig>();
  readonly #ports: { readonly log: Logger; readonly metrics: Metrics };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    started: RecorderConfig,
    parts: readonly ReloadPart[],
    ports: { readonly log: Logger; readonly metrics: Metrics },
  ) {
    this.#started = started;
    this.#parts = parts;
    this.#ports = ports;
  }

  /** Never rejects for what a part could not do. */
  reload(next: RecorderConfig): Promise<ReloadReport> {
    const result = this.#turn.then(() => this.#reload(next));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** A configuration that cannot be used: it is told, and nothing changes. */
  refuse(problems: readonly ConfigProblem[]): void {
    const { log, metrics } = this.#ports;
    metrics.increment("config_reloads_refused_total");
    const { meaning, remedy } = ERRORS.RELOAD_REFUSED;
    const told = problems.map(({ path, detail }) => `${path} ${detail}`);
    log.error(`${meaning} ${remedy}`, { code: "RELOAD_REFUSED", problems: told });
  }

  async #reload(next: RecorderConfig): Promise<ReloadReport> {
    const applied = new Set<string>();
    const failed: { part: string; detail: string }[] = [];
    for (const part of this.#parts) {
      const { covers } = part;
      const before = this.#inForce.get(part) ?? this.#started;
      const paths = changedPaths(before, next).filter((path) => covers?.test(path) === true);
      if (!part.isAlways && paths.length === 0) continue;
      const detail = await attempt(part, next);
      if (detail === null) {
        this.#inForce.set(part, next);
        for (const path of paths) applied.add(path);
      } else failed.push({ part: part.name, detail });
    }
    const needsRestart = changedPaths(this.#started, next).filter(
      (path) => !this.#parts.some(({ covers }) => covers?.test(path) === true),
    );
    const report = { applied: [...applied].sort(), needsRestart, failed };
    this.#tell(report);
    return report;
  }

  #tell({ applied, needsRestart, failed }: ReloadReport): void {
    const { log, metrics } = this.#ports;
    metrics.increment("config_reloads_total");
    log.info("configuration reloaded", { applied, needsRestart });
    if (needsRestart.length > 0) {
      log.warn("part of the new configuration waits for a restart", { paths: needsRestart });
    }
    for (const { part, detail } of failed) {
      log.error("a part of the recorder keeps its old configuration", {
        code: "RELOAD_FAILED",
        part,
        detail,
      });
    }
  }
}

async function attempt(part: ReloadPart, next: RecorderConfig): Promise<string | null> {
  try {
    await part.apply(next);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}
