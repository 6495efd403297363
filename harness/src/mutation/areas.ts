// The ten folders of recorder/src that are measured by mutation, each with the slice of the
// scenario suite that plays it. Data only.

export interface Area {
  readonly name: string;
  /** Test files of other folders that look at it, by their path below recorder/test. */
  readonly otherTests?: readonly string[];
  /** Patterns of scenarios (`*` stands for anything); the first ones are played first. */
  readonly scenarios: readonly string[];
}

export const AREAS: readonly Area[] = [
  {
    name: "sip",
    scenarios: [
      ...["basics/one-call", "sip/repeated-invite", "sip/lost-ack", "sip/session-refresh"],
      ...["sip/recorder-refreshes", "sip/refresh-never-comes", "sip/cancel-before-answer"],
      ...["sip/offerless-invite", "sip/limit-of-calls", "sip/pieces-over-tcp", "sip/display-name"],
      ...["sip/late-ack", "sip/given-up", "hold/every-way", "storage/crash-while-recording"],
    ],
  },
  {
    name: "rtp",
    scenarios: [
      ...["media/loss-and-reorder", "media/ssrc-changes", "media/timestamp-jumps"],
      ...["media/sequence-wrap", "media/duplicates", "media/late-audio", "media/comfort-noise"],
      ...["media/other-packet-length", "media/digits"],
    ],
  },
  {
    name: "audio",
    scenarios: ["basics/one-call", "sip/pcma-only", "media/loss-and-reorder", "pause/with-crash"],
  },
  {
    name: "media",
    scenarios: [
      ...["media/*", "pause/one-pause", "pause/with-crash", "storage/crash-while-recording"],
      ...["storage/live-disk-frozen", "network/no-audio", "hold/ends-on-hold"],
    ],
  },
  {
    name: "recording",
    otherTests: ["cli/storage-commands.test.ts"],
    scenarios: [
      ...["pause/*", "storage/crash-while-recording", "transfers/three-agents-with-restart"],
      ...["rules/no-match-discarded", "rules/wanted-but-failed", "sip/limit-of-calls"],
      ...["sip/display-name", "association/orphan"],
    ],
  },
  {
    name: "storage",
    otherTests: ["cli/storage-commands.test.ts"],
    // Not all of storage/: a hundred calls would take longer than all the others together.
    scenarios: [
      ...["basics/one-call", "rules/no-match-discarded", "storage/drive-full"],
      ...["storage/drive-vanishes", "storage/drive-frozen", "storage/all-drives-full"],
      ...["storage/catalog-lost", "storage/crash-while-recording"],
      "storage/power-loss-while-storing",
    ],
  },
  {
    name: "devlink3",
    otherTests: ["cli/probe.test.ts", "association/links.test.ts"],
    scenarios: ["devlink3/*", "tls/devlink3-tls", "login/licence-refused", "pbx/reads-user-list"],
  },
  {
    name: "calls",
    otherTests: ["rules/call-step.test.ts", "association/links.test.ts"],
    scenarios: [
      ...["basics/*", "transfers/three-agents-mixed", "transfers/supervised-while-ringing"],
      ...["conferences/*", "park/*", "pickup/*", "groups/*", "scn/*"],
    ],
  },
  {
    name: "rules",
    otherTests: ["cli/rules-test.test.ts", "association/rules.test.ts"],
    scenarios: ["rules/*", "privacy/*", "pause/rule-on-hold", "pause/rule-by-agent"],
  },
  {
    name: "association",
    scenarios: [
      ...[
        "association/*",
        "transfers/three-agents*",
        "privacy/*",
        "vcm/*",
        "devlink3/start-refused",
      ],
      ...["devlink3/link-lost-mid-call", "rules/wanted-but-failed", "scn/agents-on-two-nodes"],
    ],
  },
];
