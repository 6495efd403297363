// The part of the composition root that belongs to the rules: the rule book, and the Recording
// Monitor that shows what came of them.
import type { RecorderConfig } from "./config.ts";
import { checkRules } from "./config-rules.ts";
import { RecorderError } from "./errors.ts";
import type { Facts, RulesVerdict } from "./facts-contract.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { isWhy, type Outcome } from "./outcome.ts";
import type { CatalogRow, Clock, Disk } from "./ports/index.ts";
import type { RecordingView } from "./recording/recordings.ts";
import type { MonitorLists, RecordingMonitor } from "./recording-monitor.ts";
import { RuleBook } from "./rules/rule-book.ts";

const SAMPLES_PER_MS = 8;

/** States of a recording that takes up a port. */
const GOES_ON: readonly string[] = ["opening", "answered"];

interface Sources {
  /** null until the recorder has started. */
  readonly facts: () => Facts | null;
  readonly recordings: () => readonly RecordingView[];
}

export class RecorderRules implements RecordingMonitor {
  readonly book: RuleBook;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #sources: Sources;

  constructor(
    config: RecorderConfig,
    ports: {
      readonly clock: Clock;
      readonly disk: Disk;
      readonly log: Logger;
      readonly metrics: Metrics;
    },
    sources: Sources,
  ) {
    this.#clock = ports.clock;
    this.#metrics = ports.metrics;
    this.#sources = sources;
    this.book = new RuleBook(
      { directory: config.state.directory, check: checkRules, configured: config.rules },
      ports,
      () => sources.facts()?.rulesChanged(),
    );
  }

  /** Rules of another configuration, and rules.json again; rejects when they cannot be used. */
  async reload(next: RecorderConfig): Promise<void> {
    const answer = await this.book.reload(next.rules);
    if (answer.ok) return;
    const problems = answer.code === "invalid" ? answer.problems : [];
    const words = problems.map(({ path, detail }) => `${path} ${detail}`).join("; ");
    throw new RecorderError("RULES_UNREADABLE", words);
  }

  /** GET /api/v1/monitor. */
  lists(): MonitorLists {
    const active = this.#sources.recordings().filter(({ state }) => GOES_ON.includes(state));
    const lists = this.#sources.facts()?.monitor(active);
    if (lists !== undefined) return lists;
    const at = new Date(this.#clock.wallTimeMs()).toISOString();
    return { version: 1, at, record: [], dontRecord: [], other: [], failed: [] };
  }

  /** What was wanted and is not as it should be stands in the monitor's list. */
  finished(row: CatalogRow, outcome: Outcome): void {
    const { why, startTimeMs, samples } = row;
    if (why === "rule") this.#metrics.increment("rules_discards_total");
    this.#sources.facts()?.recordingFinished({
      ...row,
      outcome,
      why: why !== null && isWhy(why) ? why : null,
      beganTimeMs: startTimeMs,
      durationMs: samples / SAMPLES_PER_MS,
    });
  }

  /** The recorder stops in mid-call. */
  verdictAtShutdown(recordingKey: string): RulesVerdict {
    return this.#sources.facts()?.verdictAtShutdown(recordingKey) ?? { keep: true, why: null };
  }
}
