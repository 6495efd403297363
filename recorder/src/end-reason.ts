// Why a recording ended. A normal end is not an error and never logged as one.

export const END_REASONS = [
  /** BYE from the IP Office. */
  "remote-bye",
  /** We sent BYE: the part ended or the rules said so. */
  "local-bye",
  /** CANCEL before the answer. */
  "cancelled",
  /** No ACK within 64·T1 after our 200. */
  "no-ack",
  /** The session refresher stayed silent (RFC 4028). */
  "session-expired",
  /** The recorder was stopped. */
  "shutdown",
  /** Found after a crash, and nothing more was heard of the call. */
  "recovered",
  /** The transport of the dialog failed. */
  "transport-failed",
] as const;

export type EndReason = (typeof END_REASONS)[number];
