// What the system must do, as ids that scenarios name in `proves` (requirements.md in short). Data:
// `testbed list` and requirements.md, the generated table of which scenario proves which, show it.

export const REQUIREMENTS = {
  R1: "When an agent answers, the IP Office is asked over DevLink3 to record that call",
  R2: "The IP Office places the SIP call to the recorder; the recorder never places or registers one",
  R3: "The recorder behaves as a SIP endpoint and answers",
  R4: "During the call the audio is saved as a live `.ul` with its `.tmpvrtx`, then `.vrtx`",
  R5: "The same live bytes are streamed to every client that asked to listen",
  R6: "After the call the audio is compressed to `.spx` in a drive pool",
  R7: "Audio is tied to call events while they run, never searched for afterwards",
  R8: "The audio arrives already mixed: one `.ul` with both sides",
  R9: "SIP and audio go straight between IP Office and recorder",
  R10: "The link is DevLink3, with and without TLS",
  R11: "The recording source has the type DevLink Active Recording",
  R12: "The recorder's address is its actual address, neither loopback nor wildcard",
  R13: "Record From Beginning on: every call is recorded, and kept if it meets the rules",
  R14: "Record From Beginning off: only calls that match rules are recorded",
  R15: "One SIP Message Port and one Active Recording RTP Port serve all streams",
  R16: "VCM channels needed = active calls + simultaneous recordings + Skilled queued calls",
  R17: "The IP Office must be of build 23 or later; an older one is warned of, never refused",
  R18: "A log filter shows DevLink events by device call id, and start and stop requests",
  R19: "DEBUG logs everything, tagged with SIP call id, recording id and live stream id",
  R20: "The journal holds all SIP messages that initiated the recording",
  R21: "Pauses are marked in the journal",
  R22: "A call is recorded from its first agent's perspective; when that agent leaves, a new part starts",
  R23: "The IP Office must be able to reach the recorder's address",
  R24: "A fault report holds all logs, journals and the audio files that they name",
  R25: "A licence refusal by the IP Office is shown as what it is",
  T1: "A simulated IP Office drives scenarios against the real recorder",
  T2: "Scenario suites run in CI",
  T3: "A customer's network is validated before deployment",
  T4: "The recorder that is tested ships as a standalone server",
} as const;

export type RequirementId = keyof typeof REQUIREMENTS;

export function isRequirementId(id: string): id is RequirementId {
  return Object.hasOwn(REQUIREMENTS, id);
}
