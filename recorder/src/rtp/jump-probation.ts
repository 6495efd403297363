// A packet whose timestamp alone would shift all later audio waits for the next one: two in a row
// mean it, a single one is a bit error in its header, and its audio follows by its sequence number.
// As RFC 3550 A.1 has it for sequence numbers: "two sequential packets". Pure, off the hot path.

/** Without a next packet for so long, the one that waits is placed by its sequence number. */
export const PROBATION_MS = 60;

/** Packets are overtaken by no more than ten of 20 ms. */
export const OVERTAKING_PACKETS = 10;
export const OVERTAKING_SAMPLES = OVERTAKING_PACKETS * 160;

/** A packet on probation. */
export interface JumpOnProbation {
  readonly timestamp: number;
  readonly samples: number;
  /** Numbers missing before it. */
  readonly missingPackets: number;
  /** How far its timestamp is from where its sequence number puts it; never 0. */
  readonly jump: number;
}

/**
 * An overtaken packet that, by its timestamp, was spoken behind the one on probation and before the
 * place of that one's number: the number was the error.
 */
export function refutesNumber(timestamp: number, held: JumpOnProbation): boolean {
  const behind = (timestamp - held.timestamp) | 0;
  const bySequence = held.timestamp - held.jump;
  const isNext = behind >= held.samples && behind <= OVERTAKING_SAMPLES;
  return isNext && ((bySequence - timestamp) | 0) > 0;
}

/**
 * A packet that goes on from before the one on probation, by number and timestamp alike: that one
 * leapt in both, and neither was right. `steps` ahead of the newest packet that has its place.
 */
export function refutesLeap(
  steps: { readonly byNumber: number; readonly byTimestamp: number },
  held: Pick<JumpOnProbation, "missingPackets">,
): boolean {
  const { byNumber, byTimestamp } = steps;
  const isNext = byNumber > 0 && byNumber <= OVERTAKING_PACKETS && byNumber === byTimestamp;
  return isNext && held.missingPackets > OVERTAKING_PACKETS;
}

/** The timestamp that counts for it, by the next packet in sequence; null = none came. */
export function provenTimestamp(
  held: JumpOnProbation,
  next: Omit<JumpOnProbation, "jump"> | null,
): number {
  const bySequence = (held.timestamp - held.jump) >>> 0;
  if (next === null) return bySequence;
  const expected = bySequence + held.samples + next.missingPackets * next.samples;
  const offBase = (next.timestamp - expected) | 0;
  const offJump = (offBase - held.jump) | 0;
  // The next one need not fit exactly: it may follow a pause in speech. The nearer base has it.
  return Math.abs(offBase) < Math.abs(offJump) ? bySequence : held.timestamp;
}

/**
 * A packet that it overtook, so many numbers before it, stands on the same base: two in a row mean
 * it, whichever came first.
 */
export function isConfirmedBy(
  held: JumpOnProbation,
  earlier: { readonly timestamp: number; readonly samples: number; readonly numbersBefore: number },
): boolean {
  const expected = held.timestamp - earlier.numbersBefore * earlier.samples;
  const offJump = (earlier.timestamp - expected) | 0;
  const offBase = (offJump + held.jump) | 0;
  return Math.abs(offJump) < Math.abs(offBase);
}
