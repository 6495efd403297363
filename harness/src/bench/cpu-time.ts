// CPU time and memory of another process, as Linux tells them in /proc. Elsewhere nothing can be
// said: null.
import { readFileSync } from "node:fs";

/** Length of a tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
/** Places of utime and stime, counted behind the program's name. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** User and system time of all threads, ended ones included. */
export function processCpuUs(pid: number): number | null {
  const text = readProc(pid, "stat");
  if (text === null) return null;
  // The name stands in parentheses and may hold anything: fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * TICK_US;
}

/** The most memory that was ever resident. */
export function peakRssBytes(pid: number): number | null {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, "status") ?? "");
  return match === null ? null : Number(match[1]) * 1024;
}

function readProc(pid: number, file: string): string | null {
  if (process.platform !== "linux") return null;
  return readFileSync(`/proc/${pid}/${file}`, "latin1");
}
