// What one trial of check-config found on this machine: good, a warning, a problem, or unknown
// where the machine does not tell. Makers of these values, and how a coded error becomes one.
import { labelOf } from "../../config.ts";
import type { RecorderError } from "../../errors.ts";

export type TrialStatus = "good" | "warning" | "problem" | "unknown";

export interface Trial {
  /** The configuration key that it is about, or a word for what the machine has. */
  readonly path: string;
  readonly status: TrialStatus;
  readonly detail: string;
  /** Empty when there is nothing to do. */
  readonly remedy: string;
  /** The guide's name of the key. */
  readonly label?: string;
}

function trial(status: TrialStatus, path: string, words: readonly [string, string]): Trial {
  const [detail, remedy] = words;
  const label = labelOf(path);
  return { path, status, detail, remedy, ...(label === null ? {} : { label }) };
}

export function good(path: string, detail: string): Trial {
  return trial("good", path, [detail, ""]);
}

export function warning(path: string, detail: string, remedy: string): Trial {
  return trial("warning", path, [detail, remedy]);
}

export function unknown(path: string, detail: string, remedy: string): Trial {
  return trial("unknown", path, [detail, remedy]);
}

export function problem(path: string, error: RecorderError): Trial {
  return trial("problem", path, [`${error.code}: ${error.detail}`, error.remedy]);
}
