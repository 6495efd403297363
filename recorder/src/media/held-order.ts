// The order of packets of one SSRC that were held until those they overtook had come: that of their
// numbers. All others reckon from the first one: a number that a bit error has made the lowest, or
// a first timestamp with one, must not decide where they stand (design.md §5, "Timeline"; RFC 3550
// A.1: two that agree prove a source). Pure.
import { makeRtpHeader, readRtpHeader } from "../rtp/packet.ts";
import { numbersBetween } from "../rtp/sequence.ts";
import type { HeldPacket } from "./packet-router.ts";

/** So far apart packets may be that are held together. */
const REACH_PACKETS = 64;
/** More bits that differ are no bit error: the sender meant it. */
const TURNED_BITS_LIMIT = 3;
const SEQUENCE_OFFSET_BYTES = 2;
const TIMESTAMP_OFFSET_BYTES = 4;

/** What a packet says of its own place. */
interface Place {
  readonly packet: HeldPacket;
  readonly timestamp: number;
  readonly samples: number;
}

/**
 * By number, each packet with the number and timestamp that it should have: where two or more agree
 * with one another, they tell what a bit error has changed in another one.
 */
export function inOrder(packets: readonly HeldPacket[]): readonly HeldPacket[] {
  const ordered = packets.toSorted(byNumber);
  const places = ordered.flatMap(placesOf);
  const isStraight = places.every(
    (place, index) => index === 0 || isPossible(places[index - 1]!, place),
  );
  if (isStraight) return ordered;
  const proven = places.filter((one) => places.some((other) => isAgreed(one, other)));
  const doubtful = places.filter((place) => !proven.includes(place));
  const mended = new Map(doubtful.map((place) => [place.packet, withNumber(place, proven)]));
  const [first, ...rest] = packets.map((packet) => mended.get(packet) ?? packet).toSorted(byNumber);
  return first === undefined ? [] : [withTimestamp(first, proven), ...rest];
}

function byNumber(one: HeldPacket, other: HeldPacket): number {
  return numbersBetween(other.sequence, one.sequence);
}

function placesOf(packet: HeldPacket): readonly Place[] {
  const header = makeRtpHeader();
  if (readRtpHeader(packet.data, header) !== null) return [];
  const { timestamp, payloadStart, payloadEnd } = header;
  return [{ packet, timestamp, samples: payloadEnd - payloadStart }];
}

function stepFrom(from: Place, to: Place): number {
  return (to.timestamp - from.timestamp) | 0;
}

/** Their numbers are as far apart as their timestamps; copies of one packet prove nothing. */
function isAgreed(one: Place, other: Place): boolean {
  const numbers = numbersBetween(one.packet.sequence, other.packet.sequence);
  return numbers !== 0 && numbers * one.samples === stepFrom(one, other);
}

/** Whole packets apart, the later one has the higher number, and no more than there was time. */
function isPossible(one: Place, other: Place): boolean {
  const numbers = numbersBetween(one.packet.sequence, other.packet.sequence);
  const steps = stepFrom(one, other) / one.samples;
  if (!Number.isInteger(steps)) return false;
  return Math.sign(numbers) === Math.sign(steps) && Math.abs(numbers) <= Math.abs(steps);
}

/** With the number that its timestamp tells, where its own has a bit error. */
function withNumber(place: Place, proven: readonly Place[]): HeldPacket {
  const { packet } = place;
  const reference = proven.find(({ samples }) => samples === place.samples);
  if (reference === undefined) return packet;
  const steps = stepFrom(reference, place) / place.samples;
  if (!Number.isInteger(steps) || Math.abs(steps) > REACH_PACKETS) return packet;
  const sequence = (reference.packet.sequence + steps) & 0xffff;
  const isPlausible = proven.every((other) => isPossible(other, place));
  if (isPlausible || !isBitError(packet.sequence, sequence)) return packet;
  const data = packet.data.slice();
  new DataView(data.buffer).setUint16(SEQUENCE_OFFSET_BYTES, sequence);
  return { ...packet, data, sequence };
}

/** With the timestamp that its number tells, where its own has a bit error. */
function withTimestamp(packet: HeldPacket, proven: readonly Place[]): HeldPacket {
  const [place] = placesOf(packet);
  const reference = proven.find(({ samples }) => samples === place?.samples);
  if (place === undefined || reference === undefined) return packet;
  const numbers = numbersBetween(reference.packet.sequence, packet.sequence);
  const timestamp = (reference.timestamp + numbers * place.samples) >>> 0;
  if (Math.abs(numbers) > REACH_PACKETS || !isBitError(place.timestamp, timestamp)) return packet;
  const data = packet.data.slice();
  new DataView(data.buffer).setUint32(TIMESTAMP_OFFSET_BYTES, timestamp);
  return { ...packet, data };
}

function isBitError(one: number, other: number): boolean {
  let bits = 0;
  for (let rest = (one ^ other) >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits += 1;
  return bits <= TURNED_BITS_LIMIT;
}
