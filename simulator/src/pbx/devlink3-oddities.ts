// What can go wrong on purpose on the DevLink3 side; each scenario sets what it is about.

export interface DevLink3Oddities {
  /** Bytes of each write to the socket; 0 = a frame a write. */
  splitFrames: number;
  /** So many frames are collected into one write (for at most 20 ms); 0 or 1 = each by itself. */
  joinFrames: number;
  /** Test packets get no answer. */
  silentTest: boolean;
  /** Every Nth event is not sent, and leaves a gap in the counter; 0 = none. */
  dropEvents: number;
  /** Each Delta3 record is sent twice, with counters of their own. */
  doubleRecords: boolean;
  /** Result of every START of dl3rec/1; null = as it should be. */
  refuseStart: number | null;
  /** What a client hears when no VCM channel is free: the result, or nothing at all. */
  vcmRefusal: "result" | "silence";
  /** SIPTrack tuples come this much later, in events of their own. */
  delaySipTrackMs: number;
  /** SIPTrack tuples name a SIP Call-ID that no dialog has. */
  wrongSipTrackCallId: boolean;
}

export const NO_DEVLINK3_ODDITIES: Readonly<DevLink3Oddities> = {
  splitFrames: 0,
  joinFrames: 0,
  silentTest: false,
  dropEvents: 0,
  doubleRecords: false,
  refuseStart: null,
  vcmRefusal: "result",
  delaySipTrackMs: 0,
  wrongSipTrackCallId: false,
};
