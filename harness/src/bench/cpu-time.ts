// CPU time and memory of another process, as Linux tells them in /proc. Elsewhere nothing can be
// said: null.
import { readdirSync, readFileSync } from "node:fs";

/** Length of a tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
/** Places of utime and stime, counted behind the program's name. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;
/** Longer names of threads are cut. */
const NAME_LIMIT = 15;

/** User and system time, in microseconds. */
export interface CpuTime {
  /** Of all threads, ended ones included. */
  readonly processUs: number;
  /** Of the one thread that was asked for. */
  readonly threadUs: number;
}

/** `threadName` null = the main thread; a thread that is not there is null. */
export function cpuTime(pid: number, threadName: string | null): CpuTime | null {
  if (process.platform !== "linux") return null;
  const thread = threadName === null ? String(pid) : threadNamed(pid, threadName);
  if (thread === null) return null;
  return { processUs: cpuUs(`${pid}/stat`), threadUs: cpuUs(`${pid}/task/${thread}/stat`) };
}

function threadNamed(pid: number, name: string): string | null {
  const threads = readdirSync(`/proc/${pid}/task`);
  const isIt = (thread: string): boolean =>
    readProc(`${pid}/task/${thread}/comm`) === `${name.slice(0, NAME_LIMIT)}\n`;
  return threads.find(isIt) ?? null;
}

function cpuUs(file: string): number {
  const text = readProc(file);
  // The name stands in parentheses and may hold anything: fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * TICK_US;
}

/** The most memory that was ever resident. */
export function peakRssBytes(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`));
  return match === null ? null : Number(match[1]) * 1024;
}

function readProc(file: string): string {
  return readFileSync(`/proc/${file}`, "latin1");
}
