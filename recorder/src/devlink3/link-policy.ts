// What the link does after each refusal, and how long it waits.  devlink3.md §4–§6, R17. Pure
// decisions for link-machine.ts: a wrong password is never tried twice, for the IP Office counts
// failures across connections and locks the account.
import type { ErrorCode } from "../errors.ts";
import { hex32 } from "./big-endian.ts";
import { RESULT } from "./packet.ts";

/** Something wrong, as operators see it. */
export interface Trouble {
  readonly code: ErrorCode;
  readonly detail: string;
}

export const RECONNECT_FIRST_MS = 1_000;
export const RECONNECT_MAXIMUM_MS = 30_000;
export const LIMITS_EXCEEDED_RETRY_MS = 60_000;
export const RETRY_LATER_FIRST_MS = 60_000;
export const RETRY_LATER_MAXIMUM_MS = 900_000;
export const LICENCE_RETRY_MS = 900_000;

/** Oldest build that is supported (R17). */
export const MINIMUM_BUILD = 23;

/** Doubles from 1 s to 30 s; `chance` in [0, 1) takes up to a fifth off, so that links spread. */
export function reconnectDelayMs(failures: number, chance: number): number {
  const fullMs = doubled(RECONNECT_FIRST_MS, failures, RECONNECT_MAXIMUM_MS);
  return Math.round(fullMs * (0.8 + 0.2 * chance));
}

/** Doubles from 60 s to 15 min. */
export function retryLaterDelayMs(postponements: number): number {
  return doubled(RETRY_LATER_FIRST_MS, postponements, RETRY_LATER_MAXIMUM_MS);
}

function doubled(firstMs: number, times: number, maximumMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(times, 20), maximumMs);
}

export type LoginRefusal =
  | { readonly action: "stop"; readonly trouble: Trouble }
  | { readonly action: "retry"; readonly delayMs: number; readonly trouble: Trouble };

/** Policy table of §5 for an error result of the login. */
export function loginRefusal(result: number, postponements: number): LoginRefusal {
  const detail = `result ${hex32(result)}`;
  const retry = (code: ErrorCode, delayMs: number): LoginRefusal => ({
    action: "retry",
    delayMs,
    trouble: { code, detail },
  });
  switch (result) {
    case RESULT.authenticationFailed:
      return { action: "stop", trouble: { code: "DEVLINK3_AUTHENTICATION_FAILED", detail } };
    case RESULT.limitsExceeded:
      return retry("DEVLINK3_LIMITS_EXCEEDED", LIMITS_EXCEEDED_RETRY_MS);
    case RESULT.retryLater:
      return retry("DEVLINK3_RETRY_LATER", retryLaterDelayMs(postponements));
    case RESULT.licenceMissing:
      return retry("DEVLINK3_LICENCE_MISSING", LICENCE_RETRY_MS);
    default:
      return { action: "stop", trouble: { code: "DEVLINK3_REFUSED", detail } };
  }
}

export type EventRefusal =
  | LoginRefusal
  /** Connect anew and ask with `flags` only. */
  | { readonly action: "ask-less"; readonly flags: readonly string[]; readonly trouble: Trouble };

/** For an error result of the event request (§6.1). */
export function eventRefusal(
  result: number,
  flags: { readonly asked: readonly string[]; readonly granted: readonly string[] },
): EventRefusal {
  const detail = `result ${hex32(result)} for "${flags.asked.join(" ")}"`;
  if (result === RESULT.insufficientLicence) {
    if (!flags.asked.includes("-SCN")) {
      const trouble: Trouble = { code: "DEVLINK3_LICENCE_MISSING", detail };
      return { action: "retry", delayMs: LICENCE_RETRY_MS, trouble };
    }
    const trouble: Trouble = { code: "DEVLINK3_LICENCE_INSUFFICIENT", detail };
    return { action: "ask-less", flags: flags.asked.filter((flag) => flag !== "-SCN"), trouble };
  }
  if (result === RESULT.unknownFlag && flags.asked.length > 0) {
    const granted = flags.asked.filter((flag) => flags.granted.includes(flag));
    const less = granted.length < flags.asked.length ? granted : [];
    const trouble: Trouble = { code: "DEVLINK3_FLAGS_REFUSED", detail };
    return { action: "ask-less", flags: less, trouble };
  }
  return { action: "stop", trouble: { code: "DEVLINK3_REFUSED", detail } };
}

/** Of a version text such as "IP Office 12.1.0.0 build 23" (R17). */
export function parseBuild(version: string | null): number | "unknown" {
  const digits = /\bbuild\s*(\d{1,9})\b/i.exec(version ?? "")?.[1];
  return digits === undefined ? "unknown" : Number(digits);
}

/** null = supported, or not to be told. */
export function buildTrouble(build: number | "unknown"): Trouble | null {
  if (build === "unknown" || build >= MINIMUM_BUILD) return null;
  return { code: "DEVLINK3_BUILD_UNSUPPORTED", detail: `build ${build}` };
}

/** R17: marked, never refused. */
export function buildSupport(
  build: number | "unknown",
): "supported" | "unsupported-build" | "unknown" {
  if (build === "unknown") return "unknown";
  return build < MINIMUM_BUILD ? "unsupported-build" : "supported";
}

/** As the IP Office answered about licences (R25). */
export type LicenceAnswer = "granted" | "missing" | "insufficient" | "unknown";

const LICENCE_ANSWERS: Readonly<Record<string, LicenceAnswer>> = {
  DEVLINK3_LICENCE_MISSING: "missing",
  DEVLINK3_LICENCE_INSUFFICIENT: "insufficient",
};

/** `code`: what is wrong with the link; null with events flowing = the licence was granted. */
export function licenceAnswer(code: string | null, isUp: boolean): LicenceAnswer {
  return LICENCE_ANSWERS[code ?? ""] ?? (isUp ? "granted" : "unknown");
}
