// File descriptors: what the configured load needs against what this process may open. A recorder
// that meets the limit loses calls (domain.md, "What goes wrong in the field").
import { readFile } from "node:fs/promises";
import type { RecorderConfig } from "../../config.ts";
import { systemCode } from "../../errors.ts";
import { good, unknown, warning, type Trial } from "./trial.ts";

const PATH = "file descriptors";
/** A recording has its `.ul` and its journal open. */
const FILES_PER_CALL = 2;
/** With rtp.range a call has a port for RTP and one for RTCP. */
const SOCKETS_PER_CALL = 2;
/** Both links' and worker threads' own, logs, catalog, pipes to children, HTTP beside listeners. */
const BASE = 256;

/** What the recorder may have open at its limits. Pure. */
export function descriptorsNeeded({ sip, rtp, http, devlink3 }: RecorderConfig): number {
  const sockets = "range" in rtp ? sip.maximumCalls * SOCKETS_PER_CALL : SOCKETS_PER_CALL;
  const calls = sip.maximumCalls * FILES_PER_CALL;
  return BASE + calls + sockets + sip.maximumConnections + http.maximumListeners + devlink3.length;
}

/** Pure. `limit` is null where the system does not tell, Infinity where there is none. */
export function judgeDescriptors(needed: number, limit: number | null): Trial {
  if (limit === null) {
    return unknown(PATH, "the limit is unknown here", `Allow at least ${needed} (ulimit -n).`);
  }
  const may = limit === Number.POSITIVE_INFINITY ? "any number" : String(limit);
  const detail = `${may} may be open, the configured limits need ${needed}`;
  if (limit >= needed) return good(PATH, detail);
  const remedy = `Set LimitNOFILE=${needed} in the systemd unit (or ulimit -n ${needed}), or lower sip.maximumCalls.`;
  return warning(PATH, detail, remedy);
}

/** Node raises its soft limit to the hard one at start, so the hard one counts. */
export function hardLimitOf(limits: string): number | null {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === undefined) return null;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

export async function tryDescriptors(config: RecorderConfig): Promise<Trial> {
  let limit: number | null = null;
  try {
    limit = hardLimitOf(await readFile("/proc/self/limits", "utf8"));
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
  return judgeDescriptors(descriptorsNeeded(config), limit);
}
