// The part of rtp-packet (no types of its own) that packet.test.ts asks for a third opinion.
declare module "rtp-packet" {
  export interface OpinionPacket {
    readonly payloadType: number;
    readonly marker?: boolean;
    readonly sequenceNumber: number;
    readonly timestamp: number;
    readonly ssrc: number;
    readonly csrc?: readonly number[];
    readonly payload: Uint8Array;
  }
  export function serialize(packet: OpinionPacket): Uint8Array;
  export function parse(data: Uint8Array): OpinionPacket | null;
}
