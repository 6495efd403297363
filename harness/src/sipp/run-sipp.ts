// Runs SIPp: scenario XML in, outcome out. SIPp is a judge from Debian (package sip-tester), not a
// dependency; it gets its own folder, is started with an argument array and never by a shell, and
// only its own process is ended.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../live/free-ports.ts";
import { parseStatistics } from "./statistics.ts";
import type { SippStatistics } from "./statistics.ts";

/** How SIPp is run. Ports left out are free ones. */
export interface SippOptions {
  readonly scenarioXml: string;
  readonly remote: { readonly host: string; readonly port: number };
  /** One socket for all calls. SIPp has no TLS here. */
  readonly transport: "u1" | "t1";
  readonly calls: number;
  readonly ratePerSecond: number;
  /** Calls at the same time; all of them unless said. */
  readonly concurrentCalls?: number;
  readonly localHost: string;
  readonly localPort?: number;
  /** Even; the first of four for each call at the same time. */
  readonly mediaPort?: number;
  /** Files beside the scenario, by name: audio for rtp_stream, captures for play_pcap_audio. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** After this SIPp stops by itself; a little later it is killed. */
  readonly timeoutMs: number;
}

/** What came of it. */
export interface SippOutcome {
  /** 0 = all calls went as the scenario says. Null when killed. */
  readonly exitCode: number | null;
  readonly isTimedOut: boolean;
  /** Null when SIPp wrote none; `problem` says why. */
  readonly statistics: SippStatistics | null;
  readonly problem: string | null;
  /** Unexpected messages and fatal errors as SIPp words them. */
  readonly errors: readonly string[];
  /** All SIP messages sent and received, with times. */
  readonly messages: string;
  /** The last screens, for a person. */
  readonly screen: string;
  readonly arguments: readonly string[];
}

/** The Debian package that brings SIPp. */
export const SIPP_PACKAGE = "sip-tester";

const SCENARIO_FILE = "scenario.xml";
const STATISTICS_FILE = "statistics.csv";
const ERROR_FILE = "errors.log";
const MESSAGE_FILE = "messages.log";
const SCREEN_FILE = "screen.log";
/** Time for SIPp to write its files after its own timeout. */
const GRACE_MS = 5_000;
const OUTPUT_LIMIT_CHARACTERS = 64_000;
const FILE_NAME = /^[\w-][\w.-]*$/;

/** Where SIPp is installed, or null. */
export function findSipp(searchPath: string): string | null {
  const places = searchPath.split(delimiter).filter((folder) => folder !== "");
  return places.map((folder) => join(folder, "sipp")).find((path) => existsSync(path)) ?? null;
}

/** Runs to the end. Rejects only when SIPp is missing or cannot be started. */
export async function runSipp(options: SippOptions): Promise<SippOutcome> {
  const program = findSipp(process.env["PATH"] ?? "");
  if (program === null) {
    throw new Error(`SIPp is not installed: apt-get install ${SIPP_PACKAGE}`);
  }
  const folder = await mkdtemp(join(tmpdir(), "tapeline-sipp-"));
  try {
    await writeFiles(folder, options);
    const { localHost } = options;
    const localPort = options.localPort ?? (await freePort(localHost));
    const mediaPort = options.mediaPort ?? evenFrom(await freePort(localHost));
    const given = argumentsOf({ ...options, localPort, mediaPort });
    const ended = await run(program, given, folder, options.timeoutMs);
    return { ...(await collect(folder, ended.output)), ...ended.end, arguments: given };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The kernel hands out odd ports to those who bind to 0; its neighbour is even and mostly free. */
function evenFrom(port: number): number {
  return port + (port % 2);
}

async function writeFiles(folder: string, options: SippOptions): Promise<void> {
  await writeFile(join(folder, SCENARIO_FILE), options.scenarioXml);
  for (const [name, bytes] of Object.entries(options.files ?? {})) {
    if (!FILE_NAME.test(name)) throw new RangeError(`not a plain file name: ${name}`);
    await writeFile(join(folder, name), bytes);
  }
}

/** The arguments for these options; `remote` last, as SIPp wants it. */
export function argumentsOf(
  options: SippOptions & { readonly localPort: number; readonly mediaPort: number },
): readonly string[] {
  const { remote } = options;
  const timeoutSeconds = Math.max(1, Math.ceil(options.timeoutMs / 1_000));
  return [
    ...["-sf", SCENARIO_FILE, "-t", options.transport],
    ...["-m", String(options.calls), "-l", String(options.concurrentCalls ?? options.calls)],
    // Whole numbers only: a slow rate is calls per 10 s.
    ...["-r", String(Math.max(1, Math.round(options.ratePerSecond * 10))), "-rp", "10000"],
    ...["-i", options.localHost, "-mi", options.localHost],
    ...["-p", String(options.localPort), "-mp", String(options.mediaPort)],
    ...["-timeout", `${timeoutSeconds}s`, "-timeout_error"],
    ...["-trace_stat", "-stf", STATISTICS_FILE, "-fd", "1"],
    ...["-trace_err", "-error_file", ERROR_FILE],
    ...["-trace_msg", "-message_file", MESSAGE_FILE],
    ...["-trace_screen", "-screen_file", SCREEN_FILE],
    ...["-nostdin", "-skip_rlimit"],
    remote.host.includes(":") ? `[${remote.host}]:${remote.port}` : `${remote.host}:${remote.port}`,
  ];
}

interface Ended {
  readonly end: { readonly exitCode: number | null; readonly isTimedOut: boolean };
  readonly output: string;
}

function run(
  program: string,
  given: readonly string[],
  folder: string,
  timeoutMs: number,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    // TERM: SIPp draws its screens with escape sequences where it finds a terminal.
    const child: ChildProcess = spawn(program, [...given], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", TERM: "dumb", LANG: "C" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = setTimeout(() => child.kill("SIGKILL"), timeoutMs + GRACE_MS);
    let output = "";
    const keep = (piece: Buffer): void => {
      output = `${output}${piece.toString("utf8")}`.slice(-OUTPUT_LIMIT_CHARACTERS);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("error", (cause) => {
      clearTimeout(kill);
      reject(new Error(`SIPp could not be started: ${program}`, { cause }));
    });
    child.once("close", (exitCode) => {
      clearTimeout(kill);
      const isTimedOut = exitCode !== 0 && performance.now() - started >= timeoutMs;
      resolve({ end: { exitCode, isTimedOut }, output });
    });
  });
}

async function collect(
  folder: string,
  output: string,
): Promise<Pick<SippOutcome, "statistics" | "problem" | "errors" | "messages" | "screen">> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  // A SIPp that did not start its calls writes none of these.
  const present = async (name: string): Promise<string> =>
    existsSync(join(folder, name)) ? read(name) : "";
  const statistics = parseStatistics(await present(STATISTICS_FILE));
  const screen = await present(SCREEN_FILE);
  return {
    statistics: statistics.ok ? statistics.value : null,
    problem: statistics.ok ? null : `${statistics.problem}; SIPp said: ${lastLines(output)}`,
    errors: entriesOf(await present(ERROR_FILE)),
    messages: await present(MESSAGE_FILE),
    screen: screen === "" ? output : screen,
  };
}

/** An entry of the error file begins with its time and may go on over several lines. */
function entriesOf(text: string): readonly string[] {
  return text
    .split(/^(?=\d{4}-\d\d-\d\d\s)/m)
    .map((entry) => entry.trim())
    .filter((entry) => /^\d{4}-\d\d-\d\d\s/.test(entry));
}

function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-5).join(" / ") || "nothing";
}
