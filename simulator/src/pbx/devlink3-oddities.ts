// What can go wrong on purpose on the DevLink3 side; each scenario sets what it is about.
// oddity-catalogue.ts says what each switch does; they are in force from the moment they are set.

/** Switches of the DevLink3 side; DEVLINK3_ODDITIES says what each does. */
export interface DevLink3Oddities {
  splitFrames: number;
  joinFrames: number;
  silentTest: boolean;
  dropEvents: number;
  swapEvents: number;
  doubleRecords: boolean;
  resetMidFrame: number;
  refuseLogin: number | null;
  refuseStart: number | null;
  vcmRefusal: "result" | "silence";
  delaySipTrackMs: number;
  wrongSipTrackCallId: boolean;
  clockOffMs: number | null;
}

/** Nothing goes wrong. */
export const NO_DEVLINK3_ODDITIES: Readonly<DevLink3Oddities> = {
  splitFrames: 0,
  joinFrames: 0,
  silentTest: false,
  dropEvents: 0,
  swapEvents: 0,
  doubleRecords: false,
  resetMidFrame: 0,
  refuseLogin: null,
  refuseStart: null,
  vcmRefusal: "result",
  delaySipTrackMs: 0,
  wrongSipTrackCallId: false,
  clockOffMs: null,
};
