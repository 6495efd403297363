// What a signalling trial came to, as numbers and texts: the seam between the probe that does and
// the judges that say what it means.
import type { SipTransportName } from "@tapeline/simulator/client";

export type SignallingStep = "options" | "invite-small" | "invite-large";

/** One request and what came of it. */
export interface SignallingFacts {
  readonly step: SignallingStep;
  readonly transport: SipTransportName;
  readonly sentBytes: number;
  readonly status: number | null;
  readonly reason: string;
  /** From the request to the first answer of any kind, and to the final one. */
  readonly firstAnswerMs: number | null;
  readonly answerMs: number | null;
  /** Why nothing came. */
  readonly trouble: string | null;
  /** From where the answer came. */
  readonly source: { readonly host: string; readonly port: number } | null;
  /** Topmost Via as sent and as it came back. */
  readonly viaSent: string;
  readonly viaBack: string | null;
  /** From, To without tag, Call-ID and CSeq came back as sent. */
  readonly echoProblems: readonly string[];
  /** Of the answer. */
  readonly contactHost: string | null;
  readonly contactPort: number | null;
  readonly sdpHost: string | null;
  readonly sdpPort: number | null;
  readonly product: string | null;
  /** The Date header against our clock, in ms; null = it has none. */
  readonly clockOffsetMs: number | null;
  /** Of a call: our BYE was answered so. */
  readonly byeStatus: number | null;
  readonly byeTrouble: string | null;
}

/** What all judges of signalling know of the place. */
export interface SignallingPlace {
  readonly localHost: string;
  readonly recorderHost: string;
  readonly port: number;
  readonly tlsPort: number;
}

export function portFor(place: SignallingPlace, transport: SipTransportName): number {
  return transport === "tls" ? place.tlsPort : place.port;
}
