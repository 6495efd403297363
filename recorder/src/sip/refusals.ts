// What requests are refused with, and the words of it: pure.  RFC 3261 §8.2, RFC 4028 §9.
import { parseReason, tokenList } from "./header-values.ts";
import { makeHeader, type SipHeader } from "./message.ts";
import { ALLOW, METHODS, REASONS, SUPPORTED_OPTIONS } from "./responses.ts";
import { MINIMUM_INTERVAL_SECONDS } from "./session-timer.ts";
import type { IncomingRequest } from "./transaction-layer.ts";

export interface AnswerParts {
  readonly status: number;
  readonly reasonPhrase: string;
  readonly headers?: readonly SipHeader[];
}

/** A refusal that says no more than its status. */
export function plainRefusal(status: keyof typeof REASONS): AnswerParts {
  return { status, reasonPhrase: REASONS[status] };
}

/**
 * What a well-formed request is refused for, whatever it is about; in the order of RFC 3261 §8.2.
 */
export function refusalOf({ request, core }: IncomingRequest): AnswerParts | null {
  const methods: readonly string[] = METHODS;
  if (core.maxForwards === 0) return plainRefusal(483);
  if (!methods.includes(request.method)) {
    return { ...plainRefusal(405), headers: [makeHeader("Allow", ALLOW)] };
  }
  if (core.uri.scheme === "other" && core.uri.name !== "tel") return plainRefusal(416);
  // "Require and Proxy-Require MUST NOT be used in a SIP CANCEL request, or in an ACK".  §8.2.2.3
  if (request.method === "CANCEL") return null;
  const unsupported = tokenList(request, "Require").filter(
    (option) => !SUPPORTED_OPTIONS.includes(option.toLowerCase()),
  );
  if (unsupported.length === 0) return null;
  return { ...plainRefusal(420), headers: [makeHeader("Unsupported", unsupported.join(", "))] };
}

/** For a Session-Expires that cannot be used. */
export function intervalRefusal(code: string): AnswerParts {
  if (code !== "interval-too-small") return plainRefusal(400);
  const headers = [makeHeader("Min-SE", String(MINIMUM_INTERVAL_SECONDS))];
  return { ...plainRefusal(422), headers };
}

/** The usual words for a status. */
export function phraseOf(status: number): string {
  const phrases: Readonly<Record<number, string>> = REASONS;
  return phrases[status] ?? "Refused";
}

/** A Reason header's value as it is; any other text becomes one.  RFC 3326 */
export function reasonValue(reason: string): string {
  const value = parseReason(reason);
  if (value.ok && value.value.cause !== null) return reason;
  return `SIP;cause=200;text="${reason.replace(/[\\"]/g, "\\$&")}"`;
}
