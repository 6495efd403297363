// What can go wrong on purpose in the SIP and RTP of the PBX; each scenario sets what it is about.
// oddity-catalogue.ts says what each switch does; a leg takes them as they are when it is dialled,
// but a stream that is under way may begin to change its source, or have a wrong key for a while.

/** Switches of SIP and RTP; SIP_ODDITIES says what each does. */
export interface SipOddities {
  repeatInvite: number;
  loseAcks: number;
  ackDelayMs: number;
  cancelAfterMs: number | null;
  inviteNever: boolean;
  inviteDelayMs: number;
  invitePadBytes: number;
  splitSipBytes: number;
  displayName: string | null;
  giveUpMs: number | null;
  silentOnRequests: boolean;
  noAudio: boolean;
  rtpBeforeAnswer: boolean;
  rtpDelayMs: number;
  rtpFromOtherPort: boolean;
  rtpPort: "own" | "reused" | "shared";
  sessionExpires: {
    readonly seconds: number;
    readonly refresher: "pbx" | "recorder" | "nobody";
  } | null;
  firstSequence: number | null;
  firstTimestamp: number | null;
  changeSsrcEveryFrames: number;
  changeSsrcOnHold: boolean;
  timestampJump: { readonly everyFrames: number; readonly samples: number } | null;
  packetMs: 10 | 20 | 40 | 60;
  comfortNoise: boolean;
  telephoneEvents: boolean;
  strayPacketsPerSecond: number;
  strayPacketsFirst: number;
  holdBy: "sendonly" | "inactive" | "zero-address" | "silence";
  reorderRatio: number;
  lossRatio: number;
  codec: "PCMU" | "PCMA";
  otherCodecs: "none" | "before" | "only";
  offerless: boolean;
  rtpAfterByeMs: number;
  duplicateRtp: boolean;
  srtpBoth: boolean;
  srtpRekeyOnHold: boolean;
  srtpWrongKey: boolean;
  srtpReplays: number;
}

/** Nothing goes wrong. */
export const NO_SIP_ODDITIES: Readonly<SipOddities> = {
  repeatInvite: 0,
  loseAcks: 0,
  ackDelayMs: 0,
  cancelAfterMs: null,
  inviteNever: false,
  inviteDelayMs: 0,
  invitePadBytes: 0,
  splitSipBytes: 0,
  displayName: null,
  giveUpMs: null,
  silentOnRequests: false,
  noAudio: false,
  rtpBeforeAnswer: false,
  rtpDelayMs: 0,
  rtpFromOtherPort: false,
  rtpPort: "own",
  sessionExpires: null,
  firstSequence: null,
  firstTimestamp: null,
  changeSsrcEveryFrames: 0,
  changeSsrcOnHold: false,
  timestampJump: null,
  packetMs: 20,
  comfortNoise: false,
  telephoneEvents: false,
  strayPacketsPerSecond: 0,
  strayPacketsFirst: 0,
  holdBy: "sendonly",
  reorderRatio: 0,
  lossRatio: 0,
  codec: "PCMU",
  otherCodecs: "none",
  offerless: false,
  rtpAfterByeMs: 0,
  duplicateRtp: false,
  srtpBoth: false,
  srtpRekeyOnHold: false,
  srtpWrongKey: false,
  srtpReplays: 0,
};

/** What a leg that is dialled now has for all its life, and what is put into force meanwhile. */
export function odditiesOfLeg(present: SipOddities): SipOddities {
  const taken = { ...present };
  return {
    ...taken,
    get changeSsrcEveryFrames(): number {
      return taken.changeSsrcEveryFrames || present.changeSsrcEveryFrames;
    },
    get changeSsrcOnHold(): boolean {
      return taken.changeSsrcOnHold || present.changeSsrcOnHold;
    },
    get srtpWrongKey(): boolean {
      return present.srtpWrongKey;
    },
  };
}
