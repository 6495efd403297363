// What the simulated IP Office needs of the outside world: the recorder's port interfaces, so that
// it runs in the virtual world and on real sockets alike.
import type { Clock, Random, Tcp, Udp } from "@tapeline/recorder/ports";

export interface PbxPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
}

/** Everything the PBX sends and receives, for ladder, capture and checkers. */
export interface PbxObserver {
  onSip(message: {
    readonly atMs: number;
    readonly direction: "in" | "out";
    readonly transport: "udp" | "tcp" | "tls";
    readonly local: string;
    readonly remote: string;
    readonly text: string;
  }): void;
  onDevLink3(message: {
    readonly atMs: number;
    readonly direction: "in" | "out";
    readonly remote: string;
    /** One line: what a person calls it ("Event Detail call 31"). */
    readonly title: string;
    /** The text of the record, or the hex of the frame. */
    readonly text: string;
  }): void;
}
