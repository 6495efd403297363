// Where audio stands in the recording: an RTP timestamp becomes a sample number (design.md §5,
// "Timeline"). Sample 0 is the first packet; from then on the sender's timestamps decide, and the
// monotonic clock only where they cannot: at a new SSRC, a restarted or stopped timestamp.
// Stage: no I/O, time comes in the data. Results stand in fields, so that nothing is allocated.
import type { GapCause } from "../audio/journal-lines.ts";
import { SAMPLES_PER_MS, SAMPLES_PER_SECOND } from "../audio/g711.ts";

/** A timestamp so far from what clock and sequence allow belongs to another base. */
const JUMP_SAMPLES = SAMPLES_PER_SECOND;
/** A sender whose timestamps overlap by less is followed quietly. */
const QUIET_SHIFT_SAMPLES = 1600;
/** At most so much jitter is taken as no gap where arrival must measure it. */
const ARRIVAL_TOLERANCE_LIMIT_SAMPLES = 800;
/** The predicting clock follows a slower sender at 500 ppm: 0.08 samples a 20 ms packet. */
const CLOCK_LEAK_SAMPLES = 0.08;
/** Longest absence that a kept timestamp bridges after a restart of the recorder. */
const RESTART_LIMIT_SAMPLES = 24 * 3600 * SAMPLES_PER_SECOND;
const SEQUENCE_NUMBERS = 0x1_0000;

/** What the stages before know of an audio packet. */
export interface TimelinePacket {
  readonly timestamp: number;
  readonly samples: number;
  readonly arrivalMs: number;
}

/** A known pair of RTP timestamp and sample, from the journal of the process before. */
export interface TimelineAnchor {
  readonly sample: number;
  readonly timestamp: number;
  /** In this process's monotonic time; may lie before its start. */
  readonly atMs: number;
}

/** What tells without any clock how long ago the anchor's packet was: of one SSRC. */
export interface NumberedTime {
  /** Sequence numbers since then, modulo 65,536. */
  readonly sequenceStep: number;
  /** Known holds since then, which take no numbers. */
  readonly heldSamples: number;
}

/** What sequence numbers tell of a packet that others overtook. */
export interface Overtaken {
  /** How many numbers it is ahead of the newest packet that has its place; negative = behind. */
  readonly numbersAhead: number;
  /** Its number is before that of the first packet of the present base. */
  readonly isBeforeBase: boolean;
}

/** What may explain a hole before a packet. */
export interface Continuity {
  /** Sequence numbers that never came since the newest audio packet. */
  readonly missingPackets: number;
  /** A hold was signalled since the newest audio packet. */
  readonly wasHeld: boolean;
}

export class Timeline {
  /** The next expected sample: everything before has its place. */
  end = 0;
  /** Of the packet placed last. */
  sample = 0;
  /** Why there is a hole before it, if there is one. */
  cause: GapCause = "loss";
  /** So much of that hole, at its end, is of packets that may yet come. */
  missingSamples = 0;
  /** It stands on a new base: timestamps before it do not reckon with those after it. */
  isRebased = false;
  #newestSample = 0;
  #newestTimestamp = 0;
  #newestArrivalMs = 0;
  #newestSamples = 0;
  /** The last packet of the base before, of the same numbers; what was overtaken may be of it. */
  #before: { readonly sample: number; readonly timestamp: number } | null = null;
  /** sample − clock of the packet that travelled fastest; NaN before the first. */
  #clockOffset = Number.NaN;

  get hasBegun(): boolean {
    return !Number.isNaN(this.#clockOffset);
  }

  /** The newest packet: what the timestamps of its base reckon from. */
  get anchor(): TimelineAnchor {
    return {
      sample: this.#newestSample,
      timestamp: this.#newestTimestamp,
      atMs: this.#newestArrivalMs,
    };
  }

  get newestArrivalMs(): number {
    return this.#newestArrivalMs;
  }

  /** The sample that is being spoken now, by the monotonic clock. */
  predict(nowMs: number): number {
    return this.hasBegun ? Math.ceil(this.#clockOffset + nowMs * SAMPLES_PER_MS) : this.end;
  }

  /** The first packet of the recording. */
  begin(packet: TimelinePacket): void {
    this.isRebased = true;
    this.cause = "loss";
    this.#before = null;
    this.#take(packet, this.end);
  }

  /** The next packet in sequence. `jitterSamples` bounds what arrival times can tell. */
  placeNext(packet: TimelinePacket, continuity: Continuity, jitterSamples: number): void {
    const advance = (packet.timestamp - this.#newestTimestamp) | 0;
    const sample = this.#newestSample + advance;
    const missing = continuity.missingPackets;
    const endBefore = this.end;
    const hole = sample - endBefore;
    // A sender that sent nothing has numbered nothing: only missing numbers are loss.
    this.cause = missing > 0 && hole <= (missing + 1) * packet.samples ? "loss" : "hold";
    this.isRebased = false;
    const predicted = this.predict(packet.arrivalMs) - packet.samples;
    const isAhead =
      sample > predicted + JUMP_SAMPLES && advance > (missing + 1) * packet.samples + JUMP_SAMPLES;
    const hasStopped = continuity.wasHeld && sample < predicted - JUMP_SAMPLES;
    if (isAhead || hasStopped || hole < -QUIET_SHIFT_SAMPLES) {
      const before = { sample: this.#newestSample, timestamp: this.#newestTimestamp };
      this.#placeByArrival(packet, this.cause, { jitterSamples, missingPackets: missing });
      this.#before = before;
    } else {
      this.#take(packet, Math.max(sample, this.end));
    }
    const filled = this.sample - endBefore;
    this.missingSamples = Math.max(0, Math.min(filled, missing * packet.samples));
  }

  /**
   * By how many samples the next packet in sequence would shift all that follows on the word of its
   * timestamp alone; 0 = it follows, or the arrival says the same. A bit error looks like this: let
   * the packet after it confirm the jump.
   */
  jumpOf(
    packet: TimelinePacket,
    before: { readonly missingPackets: number; readonly otherPackets: number },
  ): number {
    const { missingPackets, otherPackets } = before;
    const advance = (packet.timestamp - this.#newestTimestamp) | 0;
    const jump = (advance - this.#newestSamples - missingPackets * packet.samples) | 0;
    const sample = this.#newestSample + advance;
    if (sample === this.end) return 0;
    // Digits and comfort noise take their numbers and their time.
    if (jump > 0 && jump <= otherPackets * packet.samples) return 0;
    return jump > QUIET_SHIFT_SAMPLES && this.#isByClock(sample, packet) ? 0 : jump;
  }

  /** How many packets of `samples` a timestamp is behind the newest; whole ones of one sender. */
  stepsTo(timestamp: number, samples: number): number {
    return ((timestamp - this.#newestTimestamp) | 0) / samples;
  }

  /** By its timestamp it would be spoken 200 ms or more from now. */
  isFuture(packet: TimelinePacket): boolean {
    const advance = (packet.timestamp - this.#newestTimestamp) | 0;
    const spoken = this.#newestSample + advance + packet.samples;
    return spoken > this.predict(packet.arrivalMs) + QUIET_SHIFT_SAMPLES;
  }

  #isByClock(sample: number, packet: TimelinePacket): boolean {
    const predicted = this.predict(packet.arrivalMs) - packet.samples;
    return Math.abs(sample - predicted) <= ARRIVAL_TOLERANCE_LIMIT_SAMPLES;
  }

  /**
   * A packet that others overtook; it moves nothing. It stands on the base that puts it nearest to
   * where its number does, and never far behind that: a timestamp that says so has a bit error.
   */
  placeBehind(packet: TimelinePacket, overtaken: Overtaken | null = null): void {
    this.isRebased = false;
    this.sample = this.#newestSample + ((packet.timestamp - this.#newestTimestamp) | 0);
    if (overtaken === null) return;
    const { numbersAhead, isBeforeBase } = overtaken;
    this.cause = "loss";
    this.missingSamples = 0;
    const byNumber = this.#newestSample + numbersAhead * packet.samples;
    if (isBeforeBase && this.#before !== null) {
      const { sample, timestamp } = this.#before;
      const onBefore = sample + ((packet.timestamp - timestamp) | 0);
      if (Math.abs(onBefore - byNumber) < Math.abs(this.sample - byNumber)) this.sample = onBefore;
    }
    if (this.sample > byNumber + QUIET_SHIFT_SAMPLES) this.sample = byNumber;
  }

  /** The first packet of a new source: the hole before it is measured by monotonic arrival. */
  placeByArrival(packet: TimelinePacket, cause: GapCause, jitterSamples: number): void {
    this.#before = null;
    this.#placeByArrival(packet, cause, { jitterSamples, missingPackets: 0 });
  }

  #placeByArrival(
    packet: TimelinePacket,
    cause: GapCause,
    known: { readonly jitterSamples: number; readonly missingPackets: number },
  ): void {
    const { jitterSamples, missingPackets } = known;
    const elapsed = (packet.arrivalMs - this.#newestArrivalMs) * SAMPLES_PER_MS;
    const gap = elapsed - this.#newestSamples;
    const tolerance = Math.max(
      packet.samples / 2,
      Math.min(3 * jitterSamples, ARRIVAL_TOLERANCE_LIMIT_SAMPLES),
    );
    // Senders work in whole packets, so a gap is counted in whole packets.
    const whole = gap <= tolerance ? 0 : Math.round(gap / packet.samples) * packet.samples;
    // Numbers that began anew as well say nothing: they miss more than there was time for.
    const missing = missingPackets * packet.samples;
    const least = missing <= gap + ARRIVAL_TOLERANCE_LIMIT_SAMPLES ? missing : 0;
    this.isRebased = true;
    this.cause = cause;
    const from = this.#newestSample + this.#newestSamples;
    this.#take(packet, Math.max(this.end, from + Math.max(whole, least)));
  }

  /**
   * The first packet of numbers that began anew: a sender that kept its timestamps is still
   * believed, for one number with a bit error looks like this as well.
   */
  placeRestart(packet: TimelinePacket, cause: GapCause, jitterSamples: number): void {
    const sample = this.#newestSample + ((packet.timestamp - this.#newestTimestamp) | 0);
    const predicted = this.predict(packet.arrivalMs) - packet.samples;
    if (sample < this.end || Math.abs(sample - predicted) > JUMP_SAMPLES) {
      return this.placeByArrival(packet, cause, jitterSamples);
    }
    this.isRebased = false;
    this.cause = cause;
    this.#take(packet, sample);
  }

  /** Goes on after a restart: `end` samples are in the file. */
  restore(end: number, anchor: TimelineAnchor): void {
    this.end = end;
    this.#before = null;
    this.#newestSample = anchor.sample;
    this.#newestTimestamp = anchor.timestamp;
    this.#newestArrivalMs = anchor.atMs;
    this.#newestSamples = 0;
    this.#clockOffset = anchor.sample - anchor.atMs * SAMPLES_PER_MS;
  }

  /**
   * The first packet after `restore`: of the same SSRC its timestamp decides, else the clock; the
   * clock too where it and the sequence numbers agree that the timestamp has jumped meanwhile.
   */
  placeAfterRestart(
    packet: TimelinePacket,
    isSameSsrc: boolean,
    numbered: NumberedTime | null = null,
  ): void {
    const elapsed = Math.round((packet.arrivalMs - this.#newestArrivalMs) * SAMPLES_PER_MS);
    const predicted = this.#newestSample + elapsed;
    // Timestamps wrap after six days: the clock tells the round, the timestamp the sample.
    const sample = predicted + ((packet.timestamp - this.#newestTimestamp - elapsed) | 0);
    const isNear = sample >= this.end && sample <= this.end + RESTART_LIMIT_SAMPLES;
    this.isRebased = true;
    this.cause = "restart";
    // The clock of the process before was an estimate; this packet is the first fact.
    this.#clockOffset = Number.NaN;
    const byClock = Math.min(Math.max(predicted, this.end), this.end + RESTART_LIMIT_SAMPLES);
    const isByTimestamp = isSameSsrc && isNear && !this.#hasJumped(packet, sample, numbered);
    this.#take(packet, isByTimestamp ? sample : byClock);
  }

  /**
   * A wall clock may have been set, so it needs a second witness against a timestamp: numbers that
   * took as long. A clock by which they took less time than their audio was set back.
   */
  #hasJumped(packet: TimelinePacket, sample: number, numbered: NumberedTime | null): boolean {
    const elapsed = Math.round((packet.arrivalMs - this.#newestArrivalMs) * SAMPLES_PER_MS);
    const predicted = this.#newestSample + elapsed;
    // A file ahead of the clock has followed a jump before: the clock cannot judge.
    if (numbered === null || predicted < this.end) return false;
    const round = SEQUENCE_NUMBERS * packet.samples;
    const known = numbered.sequenceStep * packet.samples + numbered.heldSamples;
    const unnumbered = remainder(elapsed - known, round);
    const isWitness = unnumbered >= -ARRIVAL_TOLERANCE_LIMIT_SAMPLES && unnumbered <= JUMP_SAMPLES;
    return isWitness && Math.abs(sample - predicted) > JUMP_SAMPLES;
  }

  /** Time has passed without audio: `end` moves on, later packets may still land behind it. */
  advance(toSample: number): void {
    this.end = Math.max(this.end, toSample);
  }

  #take(packet: TimelinePacket, sample: number): void {
    this.missingSamples = 0;
    this.sample = sample;
    this.#newestSample = sample;
    this.#newestTimestamp = packet.timestamp;
    this.#newestArrivalMs = packet.arrivalMs;
    this.#newestSamples = packet.samples;
    this.end = sample + packet.samples;
    const offset = this.end - packet.arrivalMs * SAMPLES_PER_MS;
    const leaked = this.#clockOffset - CLOCK_LEAK_SAMPLES;
    this.#clockOffset = offset > leaked || Number.isNaN(leaked) ? offset : leaked;
  }
}

/** Of the nearest multiple of `round`. */
function remainder(value: number, round: number): number {
  return value - Math.round(value / round) * round;
}
