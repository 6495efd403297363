// The flags of an event request: which are understood, and what is answered. devlink3.md §6.1.
import { RESULT } from "../wire/devlink3-packet.ts";

/** What a client gets. */
export interface EventSubscription {
  /** Also events of the other nodes of the network. */
  readonly hasNetwork: boolean;
  readonly hasSipTrack: boolean;
  /** Calls only from their first connection on. */
  readonly onlyConnected: boolean;
}

export interface FlagVerdict {
  readonly result: number;
  /** The valid ones of the request, for the response. */
  readonly accepted: string;
  /** null = an error: nothing is streamed. */
  readonly subscription: EventSubscription | null;
}

const NETWORK_LICENCES = 2;

/**
 * `-CMExtn` is a documented flag whose records this PBX does not send, so it is not accepted;
 * `-CD2` asks for Delta2 in place of Delta3, which it does not have at all. `-TEXT` changes only
 * Delta2 and is accepted without effect.
 */
export function judgeFlags(flags: string, licences: number): FlagVerdict {
  const asked = flags.split(" ").filter((flag) => flag !== "");
  const accepted = asked.filter((flag) => ["-SCN", "-SIPTrack", "-CONN", "-TEXT"].includes(flag));
  if (asked.includes("-CD2")) return refusal(RESULT.featureNotAvailable, accepted);
  if (accepted.includes("-SCN") && licences < NETWORK_LICENCES) {
    const rest = accepted.filter((flag) => flag !== "-SCN");
    return refusal(RESULT.insufficientLicence, rest);
  }
  if (asked.length > 0 && accepted.length === 0) return refusal(RESULT.unknownFlag, accepted);
  return {
    result: accepted.length === asked.length ? RESULT.success : RESULT.partialSuccess,
    accepted: accepted.join(" "),
    subscription: {
      hasNetwork: accepted.includes("-SCN"),
      hasSipTrack: accepted.includes("-SIPTrack"),
      onlyConnected: accepted.includes("-CONN"),
    },
  };
}

function refusal(result: number, accepted: readonly string[]): FlagVerdict {
  return { result, accepted: accepted.join(" "), subscription: null };
}
