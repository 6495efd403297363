// What the parts of a bench share: its clock, its patience, its progress lines, and how CPU time is
// taken while an office speaks.
import type { Clock } from "@tapeline/recorder/ports";
import { nodeClock } from "@tapeline/recorder/ports/node";
import { BenchChild } from "./bench-child.ts";
import type { OfficeRequest, OfficeState } from "./bench-office.ts";
import { cpuTime, type CpuTime } from "./cpu-time.ts";

const POLL_MS = 100;

export interface BenchOptions {
  readonly calls: number;
  /** Of talk with every call up, while CPU time is taken. */
  readonly seconds: number;
}

export class BenchRun {
  readonly options: BenchOptions;
  readonly #clock: Clock = nodeClock();

  constructor(options: BenchOptions) {
    this.options = options;
  }

  /** A line for people who wait. */
  tell(text: string): void {
    process.stderr.write(`bench: ${text}\n`);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer("bench.sleep", ms, resolve);
    });
  }

  async waitFor(
    what: string,
    isSo: () => boolean | Promise<boolean>,
    limitMs = 30_000,
  ): Promise<void> {
    const endMs = this.#clock.nowMs() + limitMs;
    while (!(await isSo())) {
      if (this.#clock.nowMs() > endMs) throw new Error(`${what}: not within ${limitMs} ms`);
      await this.sleep(POLL_MS);
    }
  }

  /** CPU time a packet of the office, over `seconds` of talk; null where it cannot be told. */
  async cpuPerPacket(
    office: Office,
    of: { readonly pid: number; readonly threadName: string | null },
    seconds: number,
  ): Promise<CpuTime | null> {
    const before = cpuTime(of.pid, of.threadName);
    const packetsBefore = (await office.state()).packetsSent;
    await this.sleep(seconds * 1000);
    const after = cpuTime(of.pid, of.threadName);
    const packets = (await office.state()).packetsSent - packetsBefore;
    if (before === null || after === null || packets === 0) return null;
    return {
      processUs: rounded((after.processUs - before.processUs) / packets),
      threadUs: rounded((after.threadUs - before.threadUs) / packets),
    };
  }
}

/** The simulated IP Office in its own process. */
export class Office {
  readonly #child = new BenchChild<OfficeRequest>(
    new URL(`./office-process${import.meta.url.slice(-3)}`, import.meta.url),
  );

  ask(request: OfficeRequest): Promise<unknown> {
    return this.#child.ask(request);
  }

  async state(): Promise<OfficeState> {
    return (await this.ask({ type: "state" })) as OfficeState;
  }

  kill(): Promise<void> {
    return this.#child.kill();
  }
}

/** To hundredths. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
