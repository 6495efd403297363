// Everything that the simulated IP Office can do wrong on purpose: each switch by its name, with
// the sentence that documents it. The table in simulator/README.md is made from here, and a test
// holds each switch to be used by a scenario.
import { NO_DEVLINK3_ODDITIES, type DevLink3Oddities } from "./devlink3-oddities.ts";
import { NO_SIP_ODDITIES, type SipOddities } from "./sip-oddities.ts";

export const SIP_ODDITIES: Readonly<Record<keyof SipOddities, string>> = {
  repeatInvite: "The INVITE is sent so many times more, in copies, beyond retransmission",
  loseAcks: "The first N ACKs are not sent",
  ackDelayMs: "ACKs are sent so much later; RTP begins before them",
  cancelAfterMs: "CANCEL so long after the INVITE, if it is not answered yet; null: never",
  inviteNever: "The INVITE is never sent, although the request was accepted",
  inviteDelayMs: "The INVITE is sent so much later",
  invitePadBytes: "The INVITE is padded to so many bytes: above 1,500 it travels in IP fragments",
  splitSipBytes: "On TCP and TLS each SIP message is written in pieces of so many bytes; 0: whole",
  displayName: "Display name in From and Contact, where a digital phone has none; null: as usual",
  giveUpMs: "An INVITE without final answer is given up after this; null: the site's giveUpSeconds",
  silentOnRequests: "The recorder's requests within a dialog get no answer, as malformed ones do",
  noAudio: "No RTP at all",
  rtpBeforeAnswer: "RTP flows from the INVITE on, to where the recorder took the last call's",
  rtpDelayMs: "RTP begins so long after the answer",
  rtpFromOtherPort: "RTP leaves from another port than the SDP names",
  rtpPort: "A leg's RTP port: its own, that of a leg just ended, or that of a leg still up",
  sessionExpires: "Session-Expires of the INVITE, and who is to refresh; null: none",
  firstSequence: "First sequence number: 65500 wraps soon; null: random",
  firstTimestamp: "First RTP timestamp; null: random",
  changeSsrcEveryFrames: "A new SSRC, with a new base of sequence and timestamp, after N frames",
  changeSsrcOnHold: "After each hold the stream has a new SSRC",
  timestampJump: "Every N frames the timestamp jumps by so many samples; null: never",
  packetMs: "Audio in one packet, in ms (ptime)",
  comfortNoise: "Of every 4 s the last 1.6 are silence: only comfort noise (RFC 3389) is sent",
  telephoneEvents: "Every 3 s a digit of 120 ms is sent as telephone-event (RFC 4733)",
  strayPacketsPerSecond: "Packets of a foreign SSRC and port at the recorder's RTP port",
  strayPacketsFirst: "So many foreign packets arrive before the first of the call",
  holdBy: "How a hold is signalled: a=sendonly, a=inactive, c=0.0.0.0, or only by silence",
  reorderRatio: "Share of packets that later ones overtake",
  lossRatio: "Share of packets that are never sent; they count as spoken",
  codec: "The codec offered and used, of G.711 the only one",
  otherCodecs: "G.722 and G.729 are offered before it and the other law after it, or they alone",
  offerless: "The INVITE has no SDP: the offer comes in the 200, our answer in the ACK",
  rtpAfterByeMs: "RTP goes on for so long after our BYE",
  duplicateRtp: "Every packet is sent twice",
  srtpBoth: "With SRTP, the same stream is offered plain as well (Media Security: Preferred)",
  srtpRekeyOnHold: "With SRTP, the re-INVITEs of hold and retrieve bring new keys",
  srtpWrongKey: "While it is on, packets are protected with another key than the one offered",
  srtpReplays: "With SRTP, every Nth packet is sent once more 2 s later; 0: none",
};

export const DEVLINK3_ODDITIES: Readonly<Record<keyof DevLink3Oddities, string>> = {
  splitFrames: "Bytes of each write to the socket; 0: a frame a write",
  joinFrames: "So many frames share one write (20 ms are waited for them); 0 or 1: none do",
  silentTest: "Test packets get no answer",
  dropEvents: "Every Nth event is not sent, and leaves a gap in the counter; 0: none",
  swapEvents: "Every Nth event leaves after the one that follows it; 0: none",
  doubleRecords: "Each Delta3 record is sent twice, with counters of their own",
  resetMidFrame: "The Nth frame from now breaks off in its middle and the link is reset; 0: never",
  refuseLogin: "Result of every login, whatever its password; null: as it should be",
  refuseStart: "Result of every START of dl3rec/1; null: as it should be",
  vcmRefusal: "What a client hears when no VCM channel is free: the result, or nothing at all",
  delaySipTrackMs: "SIPTrack tuples come this much later, in events of their own",
  wrongSipTrackCallId: "SIPTrack tuples name a SIP Call-ID that no dialog has",
  clockOffMs:
    "The PBX's clock is off by this, in records and sender reports; null: records tell no time",
};

/** What goes wrong by being done, not by a switch: how a story says it, and what it does. */
export const ODDITIES_DONE: Readonly<Record<string, string>> = {
  "pbx.restartNode":
    "The node restarts: links, calls and legs vanish without a word, and all is numbered anew",
  "pbx.resetConnections": "Every DevLink3 link is reset; the listeners stay",
  "world.loses":
    "Datagrams are lost, late, doubled or swapped on the way; or the link is lost, once",
  "world.separates": "Nothing passes between IP Office and recorder, until they are joined again",
  "world.allowsOnly": "A firewall: everything is denied but the flows that are named",
};

/** One switch, as the README and `testbed` show it. */
export interface OddityEntry {
  /** "sip.inviteNever", as a story writes it after `oddities.`. */
  readonly name: string;
  readonly sentence: string;
  /** Its value when nothing is wrong, as JSON. */
  readonly none: string;
}

/** All switches, SIP and RTP first. */
export function oddityEntries(): OddityEntry[] {
  const part = (side: string, sentences: object, none: object): OddityEntry[] =>
    Object.entries(sentences).map(([name, sentence]) => ({
      name: `${side}.${name}`,
      sentence: String(sentence),
      none: JSON.stringify((none as Readonly<Record<string, unknown>>)[name]),
    }));
  return [
    ...part("sip", SIP_ODDITIES, NO_SIP_ODDITIES),
    ...part("devlink3", DEVLINK3_ODDITIES, NO_DEVLINK3_ODDITIES),
  ];
}
