// Session timer: which interval, who refreshes, and when a silent session ends.  RFC 4028.
// Pure: negotiation from headers, and a machine whose timers the session sets.
import { unreachable } from "../assert.ts";
import { parsed, refused, type Parsed } from "../parsed.ts";
import { parseInteger, parseSessionExpires, tokenList } from "./header-values.ts";
import { headerValue, makeHeader, type SipHeader, type SipMessage } from "./message.ts";

/**
 * "the Min-SE … MUST NOT be less than 90 seconds"; ours, for we refuse nothing that is legal.  §5
 */
export const MINIMUM_INTERVAL_SECONDS = 90;
/** A failed refresh is tried again after this, as long as the session lives. Our choice. */
export const REFRESH_RETRY_MS = 10_000;
/** Longer intervals are answered as asked, but watched as this: timers hold 31 bits of ms. */
const MAXIMUM_LIFE_MS = 24 * 86_400_000;

export interface SessionInterval {
  readonly seconds: number;
  /** "local": we must send the refresh. */
  readonly refresher: "local" | "remote";
}

/** What a peer's INVITE, re-INVITE or UPDATE asks for; null = no session timer. */
export function negotiate(request: SipMessage): Parsed<SessionInterval | null> {
  const text = headerValue(request, "Session-Expires");
  if (text === null) return parsed(null);
  const asked = parseSessionExpires(text);
  if (!asked.ok) return refused("bad-header", "Session-Expires", asked.problem.detail);
  const { seconds, refresher } = asked.value;
  if (seconds < MINIMUM_INTERVAL_SECONDS) {
    return refused("interval-too-small", "Session-Expires", `${seconds} s is too short.`);
  }
  // §9, table 2: a peer without the extension (a proxy asked for it) cannot refresh; one that left
  // the choice to us refreshes itself.
  const peerSupportsTimer = tokenList(request, "Supported").some(
    (option) => option.toLowerCase() === "timer",
  );
  const isLocal = !peerSupportsTimer || refresher === "uas";
  return parsed({ seconds, refresher: isLocal ? "local" : "remote" });
}

/**
 * Headers of our 2xx. "If the refresher parameter is uac, the Require header field MUST" name
 * timer.  §9
 */
export function answerHeaders(interval: SessionInterval | null): SipHeader[] {
  if (interval === null) return [];
  const refresher = interval.refresher === "remote" ? "uac" : "uas";
  const expires = makeHeader("Session-Expires", `${interval.seconds};refresher=${refresher}`);
  return interval.refresher === "remote" ? [makeHeader("Require", "timer"), expires] : [expires];
}

/** Headers of our own refresh. */
export function refreshHeaders(interval: SessionInterval): SipHeader[] {
  const refresher = interval.refresher === "local" ? "uac" : "uas";
  return [
    makeHeader("Session-Expires", `${interval.seconds};refresher=${refresher}`),
    makeHeader("Min-SE", String(MINIMUM_INTERVAL_SECONDS)),
  ];
}

/** What the 2xx to our refresh says; without the header the session has no end any more.  §7.2 */
export function intervalFromAnswer(response: SipMessage): SessionInterval | null {
  const text = headerValue(response, "Session-Expires");
  const answered = text === null ? null : parseSessionExpires(text);
  if (answered === null || !answered.ok) return null;
  const { seconds, refresher } = answered.value;
  return {
    seconds: Math.max(seconds, MINIMUM_INTERVAL_SECONDS),
    refresher: refresher === "uas" ? "remote" : "local",
  };
}

/** The interval that a 422 to our refresh asks for; null when it cannot be read. */
export function intervalFrom422(
  response: SipMessage,
  interval: SessionInterval,
): SessionInterval | null {
  const minimum = parseInteger(headerValue(response, "Min-SE") ?? "", 2 ** 31);
  if (!minimum.ok || minimum.value <= interval.seconds) return null;
  return { ...interval, seconds: minimum.value };
}

export type SessionTimer = "refresh" | "expire";

export type SessionTimerState =
  | { readonly name: "off" }
  | { readonly name: "running"; readonly interval: SessionInterval }
  | { readonly name: "expired" };

export type SessionTimerInput =
  /** A 2xx to an INVITE or UPDATE went out or came in. */
  | { readonly type: "refreshed"; readonly interval: SessionInterval | null }
  | { readonly type: "refreshFailed" }
  | { readonly type: "timer"; readonly timer: SessionTimer }
  | { readonly type: "stop" };

export type SessionTimerOutput =
  | { readonly type: "start"; readonly timer: SessionTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: SessionTimer }
  | { readonly type: "sendRefresh"; readonly interval: SessionInterval }
  /** The refresher stayed silent: BYE. */
  | { readonly type: "expired" };

export interface SessionTimerStep {
  readonly state: SessionTimerState;
  readonly outputs: readonly SessionTimerOutput[];
}

export function step(state: SessionTimerState, input: SessionTimerInput): SessionTimerStep {
  switch (input.type) {
    case "refreshed":
      return state.name === "expired" ? { state, outputs: [] } : run(input.interval);
    case "stop":
      return { state: { name: "off" }, outputs: [stop("refresh"), stop("expire")] };
    case "refreshFailed": {
      const outputs = state.name === "running" ? [start("refresh", REFRESH_RETRY_MS)] : [];
      return { state, outputs };
    }
    case "timer":
      if (state.name !== "running") return { state, outputs: [] };
      if (input.timer === "refresh") {
        return { state, outputs: [{ type: "sendRefresh", interval: state.interval }] };
      }
      return { state: { name: "expired" }, outputs: [stop("refresh"), { type: "expired" }] };
    default:
      return unreachable(input);
  }
}

function run(interval: SessionInterval | null): SessionTimerStep {
  const outputs: SessionTimerOutput[] = [stop("refresh"), stop("expire")];
  if (interval === null) return { state: { name: "off" }, outputs };
  const lifeMs = Math.min(interval.seconds * 1000, MAXIMUM_LIFE_MS);
  // "it SHOULD send a BYE … the minimum of 32 seconds and one third of the session interval"
  // before the expiration.  §10
  outputs.push(start("expire", lifeMs - Math.min(32_000, lifeMs / 3)));
  // "It is RECOMMENDED that this refresh be sent once half the session interval has elapsed."  §7.2
  if (interval.refresher === "local") outputs.push(start("refresh", lifeMs / 2));
  return { state: { name: "running", interval }, outputs };
}

function start(timer: SessionTimer, delayMs: number): SessionTimerOutput {
  return { type: "start", timer, delayMs };
}

function stop(timer: SessionTimer): SessionTimerOutput {
  return { type: "stop", timer };
}
