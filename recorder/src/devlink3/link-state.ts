// State of a DevLink3 link, as told to the rest of the recorder. Types only.
export interface LinkState {
  readonly name:
    | "connecting"
    | "authenticating"
    | "synchronising"
    | "streaming"
    | "waiting"
    | "refused"
    | "closed";
  /** A code of errors.ts, when something is wrong. */
  readonly code: string | null;
  readonly detail: string | null;
  /** From the version tuple 007D0001. */
  readonly version: string | null;
  readonly build: number | "unknown";
  /** Flags that the PBX accepted. */
  readonly flags: string | null;
  readonly hasRecordingControl: boolean;
}
