// The outcome of each wanted recording, and the closed list of reasons with sentence and remedy
// (design.md §5, "Outcome").

export type Outcome = "ok" | "degraded" | "failed" | "blocked" | "discarded";

interface WhyDescription {
  readonly outcome: Outcome;
  /** Placeholders in braces are filled by `explain`. */
  readonly sentence: string;
  readonly remedy: string;
}

const TABLE = {
  "packets-lost": {
    outcome: "degraded",
    sentence: "{lost} of {expected} RTP packets were lost; the gaps are filled.",
    remedy: "Check the network between IP Office and recorder.",
  },
  "kernel-drops": {
    outcome: "degraded",
    sentence: "The kernel dropped packets for want of receive buffer.",
    remedy: "Raise net.core.rmem_max.",
  },
  "write-overflow": {
    outcome: "degraded",
    sentence: "The live disk was too slow; {samples} samples were dropped and filled.",
    remedy: "Check the disk of live.directory.",
  },
  restart: {
    outcome: "degraded",
    sentence: "The recorder was restarted during the call; the gap is in the journal.",
    remedy: "See the log for the cause of the restart.",
  },
  "rules-unproven": {
    outcome: "degraded",
    sentence: "The link was down, so that the rules could not be decided; the recording was kept.",
    remedy: "Check the DevLink3 link.",
  },
  "session-expired": {
    outcome: "degraded",
    sentence: "The session of the SIP call was not refreshed, so it ended, maybe before the call.",
    remedy: "See the SIP messages in the journal: whoever is named as refresher was silent.",
  },
  "pair-claimed-twice": {
    outcome: "degraded",
    sentence: "Another call claimed the same RTP source; audio may be missing.",
    remedy: "Configure rtp.range.",
  },
  "source-doubtful": {
    outcome: "degraded",
    sentence:
      "Another call began on the same RTP source before this one was heard; the audio of one may " +
      "stand in the recording of the other.",
    remedy: "Configure rtp.range: then the port tells which call it is.",
  },
  "no-invite": {
    outcome: "failed",
    sentence:
      "IP Office {pbx} accepted the request for {extension}, but no SIP call reached {recorder}.",
    remedy: "Open that port from {pbx}, or correct recorder.address.",
  },
  "no-media": {
    outcome: "failed",
    sentence: "The SIP call was answered, but no RTP reached {recorder}.",
    remedy: "Open that port from {pbx}, or configure rtp.range.",
  },
  "vcm-exhausted": {
    outcome: "failed",
    sentence: "IP Office {pbx} has no VCM channel free.",
    remedy: "Add VCM channels; `testbed size` tells how many.",
  },
  "conference-exhausted": {
    outcome: "failed",
    sentence: "IP Office {pbx} has no conference channel free.",
    remedy: "Reduce simultaneous conferences and recordings.",
  },
  "licence-missing": {
    outcome: "failed",
    sentence: "IP Office {pbx} refused for want of a licence.",
    remedy: "Add the licence that the message names.",
  },
  "request-refused": {
    outcome: "failed",
    sentence: "IP Office {pbx} refused the request for {extension}: {detail}.",
    remedy: "See server.log for the request and its result.",
  },
  "sip-refused": {
    outcome: "failed",
    sentence: "The recorder refused the SIP call: {detail}.",
    remedy: "See library.log for the SIP call.",
  },
  cancelled: {
    outcome: "failed",
    sentence: "IP Office {pbx} cancelled its SIP call before it was answered.",
    remedy: "See library.log for the SIP call; a slow live disk delays the answer.",
  },
  "recorder-unreachable": {
    outcome: "failed",
    sentence: "IP Office {pbx} could not reach the recorder at {recorder}.",
    remedy: "Open that port from {pbx}, or correct recorder.address.",
  },
  "link-down": {
    outcome: "failed",
    sentence: "The DevLink3 link was down when the call was answered.",
    remedy: "Check the DevLink3 link.",
  },
  "recording-control-unavailable": {
    outcome: "failed",
    sentence: "IP Office {pbx} offers no recording control.",
    remedy: "Let the IP Office send its recordings by itself.",
  },
  "encoder-failed": {
    outcome: "degraded",
    sentence: "The recording could not be compressed; its .ul is kept.",
    remedy: "Check the encoder; compression is tried again.",
  },
  privacy: {
    outcome: "blocked",
    sentence: "A party's privacy flag forbids the recording.",
    remedy: "None: this is the party's wish.",
  },
  consent: {
    outcome: "blocked",
    sentence: "A party refused consent.",
    remedy: "None: this is the party's wish.",
  },
  "too-short": {
    outcome: "failed",
    sentence: "The call ended before the IP Office had called the recorder.",
    remedy: "None needed.",
  },
  rule: {
    outcome: "discarded",
    sentence: "The rules did not ask for this call.",
    remedy: "Change the rules if it should have been kept.",
  },
} as const satisfies Record<string, WhyDescription>;

export type Why = keyof typeof TABLE;

export const WHYS: Readonly<Record<Why, WhyDescription>> = TABLE;

export function isWhy(word: string): word is Why {
  return Object.hasOwn(TABLE, word);
}

/** Sentence and remedy of a `why`, with `{placeholders}` filled; unknown ones stay visible. */
export function explain(
  why: Why,
  facts: Readonly<Record<string, string | number>>,
): { readonly sentence: string; readonly remedy: string } {
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
  return { sentence: fill(WHYS[why].sentence), remedy: fill(WHYS[why].remedy) };
}
