// `testbed replay RESULT`: the same run once more, exactly, with its trace to look into: every
// datagram, timer and disk call has a number, and `--until` stops the telling at any of them.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  failureFacts,
  formatFailure,
  lastEvents,
  NO_FACTS,
  type RunEvidence,
  type RunResult,
} from "@tapeline/reports";
import type { SwarmPlan } from "@tapeline/simulator/people";
import { runScenario, type RunOutcome } from "../run-scenario.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { scenarioOf, storedResult } from "./stored-result.ts";

export interface ReplayCommandOptions {
  readonly until?: number;
  readonly grep?: string;
  readonly shrunk?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** Events that are shown before the last one of `--until`, when nothing is searched for. */
const SHOWN_EVENTS = 40;
const MICROSECONDS_PER_MS = 1_000;

export async function replayCommand(given: string, options: ReplayCommandOptions): Promise<number> {
  const { run } = await storedResult(given);
  const scenario = await scenarioOf(run);
  if (options.shrunk === true && run.shrunk === undefined) {
    throw new UsageError("This result has no reduced plan: only failed swarms have one.");
  }
  const wanted = options.shrunk === true ? run.shrunk : undefined;
  const directory = resolve(options.out);
  const outcome = await runScenario({
    ...{ scenario, mode: run.mode, seed: run.seed, directory, workDirectory: directory },
    ...(wanted === undefined ? {} : { plan: wanted.plan as SwarmPlan }),
  });
  const expectedHash = wanted === undefined ? run.traceHash : wanted.traceHash;
  const isSame = expectedHash !== null && outcome.result.traceHash === expectedHash;
  const events = await eventsOf(outcome.result);
  if (options.json === true) {
    const document = {
      version: 1,
      run: outcome.result,
      expectedHash,
      isSame,
      events: events.length,
    };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    tellRun(outcome, { expectedHash, isSame, trace: join(directory, "trace.txt"), events });
    tellEvents(outcome, events, options);
  }
  return outcome.result.verdict === "fail" || (expectedHash !== null && !isSame)
    ? EXIT.failed
    : EXIT.ok;
}

async function eventsOf({ artifacts }: RunResult): Promise<readonly string[]> {
  if (artifacts.trace === null) return [];
  const text = await readFile(artifacts.trace, "utf8");
  return text.split("\n").filter((line) => line !== "");
}

interface Told {
  readonly expectedHash: string | null;
  readonly isSame: boolean;
  readonly trace: string;
  readonly events: readonly string[];
}

function tellRun({ result, evidence }: RunOutcome, told: Told): void {
  const lines =
    result.verdict === "fail"
      ? [
          "FAILED again",
          ...formatFailure(result, evidence === null ? NO_FACTS : failureFacts(evidence)),
        ]
      : [`${result.verdict} ${result.scenario} (${result.mode}, seed ${result.seed})`];
  if (told.expectedHash === null) lines.push("trace: a run on real sockets has none to compare");
  else if (told.isSame) lines.push(`same trace: ${told.expectedHash}`);
  else {
    lines.push(
      `ANOTHER trace: ${result.traceHash ?? "none"}`,
      `      it was: ${told.expectedHash}`,
      "  The code has changed since, or somebody's clock or chance is not a port's.",
    );
  }
  if (told.events.length > 0) lines.push(`${told.events.length} events: ${told.trace}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

function tellEvents(
  { evidence }: RunOutcome,
  events: readonly string[],
  { until, grep }: ReplayCommandOptions,
): void {
  if (until === undefined && grep === undefined) return;
  const last = Math.min(until ?? events.length, events.length);
  const numbered = events.slice(0, last).map((text, index) => ({ number: index + 1, text }));
  const matches = matcherOf(grep);
  const found = numbered.filter(({ text }) => matches(text));
  const shown = grep === undefined ? found.slice(-SHOWN_EVENTS) : found;
  const width = String(last).length;
  const lines = shown.map(({ number, text }) => `${String(number).padStart(width)}  ${text}`);
  if (shown.length < found.length) lines.unshift(`… ${found.length - shown.length} before these`);
  const messages =
    until === undefined ? [] : messagesBy(timeMs(events[last - 1]), evidence, events);
  if (messages.length > 0) lines.push(`By event ${last} people and messages had come to:`);
  lines.push(...messages.map((text) => `  ${text}`));
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Evidence counts from the first message or note, the trace from the beginning of the world. */
function messagesBy(
  untilMs: number,
  evidence: RunEvidence | null,
  events: readonly string[],
): readonly string[] {
  const firstNote = evidence?.notes[0];
  const inTrace = events.find((text) => text.includes(` note ${firstNote?.text ?? ""}`));
  if (evidence === null || firstNote === undefined || inTrace === undefined) return [];
  const limitMs = untilMs - timeMs(inTrace) + firstNote.atMs;
  return lastEvents({
    ...evidence,
    findings: [],
    ladder: evidence.ladder.filter(({ atMs }) => atMs <= limitMs),
    notes: evidence.notes.filter(({ atMs }) => atMs <= limitMs),
  });
}

function timeMs(event: string | undefined): number {
  return Number(/^\d+/.exec(event ?? "")?.[0] ?? 0) / MICROSECONDS_PER_MS;
}

function matcherOf(grep: string | undefined): (text: string) => boolean {
  if (grep === undefined) return () => true;
  try {
    const expression = new RegExp(grep, "i");
    return (text) => expression.test(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--grep ${grep} is no regular expression: ${error.message}`);
  }
}
