// Release of live pairs: a pair that is committed in a pool stays `keepHours`, and goes earlier,
// oldest first, when the live disk runs short. A pair that is committed nowhere is never touched.
// The `.ul` goes first: a crash in between leaves a journal that says whose it was.
import { systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Clock, Disk } from "../ports/index.ts";
import { MARKS } from "./pool-files.ts";

const MS_PER_HOUR = 3_600_000;

export interface LiveKeeperOptions {
  readonly liveDirectory: string;
  readonly keepHours: number;
  /** Below so much free space committed pairs go before their time. */
  readonly watermarkBytes: number;
  /** Its live pair is gone; the pool has the recording. */
  readonly onReleased?: (recordingKey: string) => void;
}

interface LivePairFile {
  readonly key: string;
  readonly finishedTimeMs: number;
}

export class LiveKeeper {
  readonly #options: LiveKeeperOptions;
  readonly #ports: { readonly clock: Clock; readonly disk: Disk; readonly log: Logger };

  constructor(
    options: LiveKeeperOptions,
    ports: { readonly clock: Clock; readonly disk: Disk; readonly log: Logger },
  ) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Keys in the live directory: with a `.ul`, and those of them that are finished. */
  async list(): Promise<{
    readonly all: ReadonlySet<string>;
    readonly finished: ReadonlySet<string>;
  }> {
    const all = new Set<string>();
    const finished = new Set<string>();
    for (const { name, kind } of await this.#entries()) {
      if (kind !== "file") continue;
      const key = /^(.+)\.(?:ul|tmpvrtx|vrtx)$/.exec(name)?.[1];
      if (key !== undefined) all.add(key);
      if (key !== undefined && name.endsWith(".vrtx")) finished.add(key);
    }
    return { all, finished };
  }

  /** Names of the marks in the live directory. */
  async marks(): Promise<string[]> {
    const marks: readonly string[] = Object.values(MARKS);
    return (await this.#entries())
      .map(({ name }) => name)
      .filter((name) => marks.some((mark) => name.endsWith(mark)));
  }

  /** Releases what may go. Failures are logged and tried again at the next check. */
  async release(isCommitted: (recordingKey: string) => boolean): Promise<void> {
    try {
      const candidates = await this.#committedPairs(isCommitted);
      // Both are wall times: the age must survive a restart, and the copy in the pool makes a
      // stepped clock harmless.
      const nowMs = this.#ports.clock.wallTimeMs();
      const keepMs = this.#options.keepHours * MS_PER_HOUR;
      for (const pair of candidates) {
        const isOld = pair.finishedTimeMs + keepMs <= nowMs;
        if (!isOld && !(await this.#isShort())) break;
        await this.#remove(pair.key);
        this.#ports.log.info("live pair released", { recordingId: pair.key, isOld });
        this.#options.onReleased?.(pair.key);
      }
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      this.#ports.log.warn("live pairs could not be released", {
        code: "LIVE_WRITE_FAILED",
        detail: error instanceof Error ? error.message : code,
      });
    }
  }

  /** Oldest first. */
  async #committedPairs(isCommitted: (recordingKey: string) => boolean): Promise<LivePairFile[]> {
    const { finished } = await this.list();
    const pairs: LivePairFile[] = [];
    for (const key of finished) {
      if (!isCommitted(key)) continue;
      const status = await this.#ports.disk.status(this.#path(key, "vrtx"));
      if (status !== null) pairs.push({ key, finishedTimeMs: status.modifiedTimeMs });
    }
    return pairs.sort((a, b) => a.finishedTimeMs - b.finishedTimeMs || (a.key < b.key ? -1 : 1));
  }

  async #isShort(): Promise<boolean> {
    const freeBytes = await this.#ports.disk.freeBytes(this.#options.liveDirectory);
    return freeBytes < this.#options.watermarkBytes;
  }

  async #remove(key: string): Promise<void> {
    for (const ending of ["ul", "vrtx"] as const) {
      try {
        await this.#ports.disk.remove(this.#path(key, ending));
      } catch (error) {
        // A recording without a packet has no `.ul`, or a crash came in between.
        if (systemCode(error) !== "ENOENT") throw error;
      }
    }
  }

  #path(key: string, ending: "ul" | "vrtx"): string {
    return `${this.#options.liveDirectory}/${key}.${ending}`;
  }

  async #entries() {
    try {
      return await this.#ports.disk.list(this.#options.liveDirectory);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw error;
    }
  }
}
