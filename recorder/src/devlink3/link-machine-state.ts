// States, inputs and outputs of the DevLink3 link.  devlink3.md §4–§6. Types, limits and the view
// that others get; link-machine.ts decides.
import type { EventCounters } from "./event-counters.ts";
import { buildTrouble, parseBuild, type Trouble } from "./link-policy.ts";
import type { LinkState } from "./link-state.ts";
import type { Challenge, LoginState } from "./login-machine.ts";
import type { EventPacket, Packet } from "./packet.ts";
import type { Tuple } from "./tuple.ts";

/** For the answers to login and event request. */
export const ANSWER_TIMEOUT_MS = 10_000;
/** Without traffic for so long, a test packet is sent. */
export const IDLE_MS = 30_000;
export const TEST_TIMEOUT_MS = 10_000;
/** The snapshot is finished after so long without a record … */
export const SNAPSHOT_QUIET_MS = 1_000;
/** … and at the latest after this. */
export const SNAPSHOT_MAXIMUM_MS = 10_000;

export type LinkTimer = "retry" | "answer" | "idle" | "test" | "quiet" | "snapshot";

export interface LinkSettings {
  readonly user: string;
  readonly applicationName: string;
  readonly isSecure: boolean;
  /** Flags to ask for, "-SIPTrack" and perhaps "-SCN". */
  readonly flags: readonly string[];
}

/** What outlives a connection. */
export interface LinkMemory {
  /** Connections lost in a row. */
  readonly failures: number;
  /** RETRY LATER in a row. */
  readonly postponements: number;
  readonly lastRequestId: number;
  readonly epoch: number;
  /** Flags to ask for: fewer than wanted once the IP Office has refused some. */
  readonly flags: readonly string[];
  /** Why fewer. */
  readonly flagTrouble: Trouble | null;
  /** Why there is no stream. */
  readonly trouble: Trouble | null;
  readonly version: string | null;
}

/** Of one event stream. */
export interface StreamFacts {
  readonly counters: EventCounters;
  readonly grantedFlags: readonly string[];
  readonly partial: Trouble | null;
  /** RequestID of the test packet without an answer yet. */
  readonly testRequestId: number | null;
}

/** No connection that has been completed. */
export interface RestingState {
  readonly name: "idle" | "connecting" | "waiting" | "refused" | "closed";
  readonly memory: LinkMemory;
}

export interface AuthenticatingState {
  readonly name: "authenticating";
  readonly memory: LinkMemory;
  readonly login: LoginState;
}

/** The event request is without answer. */
export interface RequestingState {
  readonly name: "requesting";
  readonly memory: LinkMemory;
  readonly requestId: number;
}

export interface StreamState {
  readonly name: "synchronising" | "streaming";
  readonly memory: LinkMemory;
  readonly stream: StreamFacts;
}

export type LinkMachineState = RestingState | AuthenticatingState | RequestingState | StreamState;

export type LinkEvent =
  | { readonly type: "start" }
  | { readonly type: "connected" }
  | { readonly type: "connectFailed"; readonly trouble: Trouble }
  | { readonly type: "packet"; readonly packet: Packet }
  /** The byte stream is damaged. */
  | { readonly type: "damaged"; readonly detail: string }
  | { readonly type: "lost"; readonly detail: string }
  | { readonly type: "timer"; readonly timer: LinkTimer }
  | { readonly type: "close" };

/** `chance` in [0, 1) spreads reconnections. */
export type LinkInput = LinkEvent & { readonly chance: number };

export type LinkOutput =
  | { readonly type: "connect" }
  | { readonly type: "disconnect" }
  | { readonly type: "send"; readonly packet: Packet }
  | { readonly type: "answer"; readonly requestId: number; readonly challenge: Challenge }
  | { readonly type: "loggedIn"; readonly tuples: readonly Tuple[] }
  | { readonly type: "start"; readonly timer: LinkTimer; readonly delayMs: number }
  | { readonly type: "stop"; readonly timer: LinkTimer }
  | { readonly type: "stopAll" }
  | { readonly type: "streamBegan"; readonly epoch: number }
  | { readonly type: "snapshotFinished" }
  | { readonly type: "streamEnded" }
  | { readonly type: "deliver"; readonly event: EventPacket }
  | { readonly type: "report"; readonly trouble: Trouble }
  /** Worth a line for debugging. */
  | { readonly type: "note"; readonly text: string };

export interface LinkStep {
  readonly state: LinkMachineState;
  readonly outputs: readonly LinkOutput[];
}

export function beginLink(settings: LinkSettings): LinkMachineState {
  const memory: LinkMemory = {
    failures: 0,
    postponements: 0,
    lastRequestId: 0,
    epoch: 0,
    flags: settings.flags,
    flagTrouble: null,
    trouble: null,
    version: null,
  };
  return { name: "idle", memory };
}

/** The state as the rest of the recorder sees it. */
export function linkState(state: LinkMachineState, hasRecordingControl: boolean): LinkState {
  const { memory } = state;
  const build = parseBuild(memory.version);
  const stream = "stream" in state ? state.stream : null;
  const trouble =
    stream === null
      ? memory.trouble
      : (memory.flagTrouble ?? stream.partial ?? buildTrouble(build));
  return {
    name: publicName(state.name),
    code: trouble?.code ?? null,
    detail: trouble?.detail ?? null,
    version: memory.version,
    build,
    flags: stream?.grantedFlags.join(" ") ?? null,
    hasRecordingControl,
  };
}

function publicName(name: LinkMachineState["name"]): LinkState["name"] {
  if (name === "idle") return "closed";
  return name === "requesting" ? "authenticating" : name;
}
