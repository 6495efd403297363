// Login on a fresh DevLink3 connection: user, challenge, answer, result.  devlink3.md §5. Machine;
// used by the link and by file-read.ts. It never sees the password: "answer" asks its owner.
import { unreachable } from "../assert.ts";
import { isError, RESULT, type Packet } from "./packet.ts";
import type { Tuple } from "./tuple.ts";

/** `requestId` is that of the request whose answer is expected. */
export interface LoginState {
  readonly name: "userSent" | "answerSent";
  readonly requestId: number;
}

/** `plain` = the password itself is wanted. */
export type Challenge =
  { readonly kind: "sha1"; readonly bytes: Uint8Array } | { readonly kind: "plain" };

export type LoginStep =
  /** Not for the login, or informational. */
  | { readonly type: "ignore" }
  | { readonly type: "answer"; readonly challenge: Challenge; readonly state: LoginState }
  /** The password was asked for in clear on a connection without TLS: refuse and close. */
  | { readonly type: "plainRefused" }
  | { readonly type: "success"; readonly tuples: readonly Tuple[] }
  | { readonly type: "failure"; readonly result: number }
  /** A second challenge after our answer: going on would try passwords in a loop. */
  | { readonly type: "askedAgain" };

export function stepLogin(
  state: LoginState,
  packet: Packet,
  context: { readonly isSecure: boolean; readonly nextRequestId: number },
): LoginStep {
  switch (packet.type) {
    case "challengeSha1":
    case "challengePlain":
    case "authResult":
      break;
    default:
      return { type: "ignore" };
  }
  if (packet.requestId !== state.requestId) return { type: "ignore" };
  if (packet.type === "authResult") {
    if (packet.result === RESULT.success) return { type: "success", tuples: packet.tuples };
    return isError(packet.result) ? { type: "failure", result: packet.result } : { type: "ignore" };
  }
  switch (state.name) {
    case "answerSent":
      return { type: "askedAgain" };
    case "userSent":
      break;
    default:
      return unreachable(state.name);
  }
  // "PLAIN may be demanded by the PBX only over TLS. A client must refuse it on plain TCP."  §5
  if (packet.type === "challengePlain" && !context.isSecure) return { type: "plainRefused" };
  const challenge: Challenge =
    packet.type === "challengePlain"
      ? { kind: "plain" }
      : { kind: "sha1", bytes: packet.challenge };
  const next: LoginState = { name: "answerSent", requestId: context.nextRequestId };
  return { type: "answer", challenge, state: next };
}
