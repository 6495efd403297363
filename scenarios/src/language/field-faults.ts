// What goes wrong in the field, as names that a scenario gives in `fieldFault`: it shows that the
// fault is survived, or told as what it is. A closed list; `testbed list` shows them.

export const FIELD_FAULTS = {
  "recorder-unreachable": "IP Office cannot reach the recorder: a firewall, or a wrong address",
  "vcm-short": "VCM channels are short",
  "bandwidth-short": "Bandwidth is short on a cloud link that records everything",
  "split-on-transfer": "Split files on transfer puzzle users",
  "pause-without-effect": "A pause did not work",
  "absent-by-rule": "A call is absent because of a negative rule, or of no rule",
  "link-down-at-answer": "The DevLink3 link is down at the moment of answering: audio is orphaned",
  "ssrc-changes-on-hold": "The SSRC changes on hold",
  "port-reused": "An RTP port is used again too soon, so that calls cross",
  "wrong-source-locked": "The first stray packet locks the wrong source",
  "refresh-unanswered": "A session refresh is not answered: the recording is cut at 30 minutes",
  "storage-stalls": "Storage stalls, and files are cut short",
  "descriptors-exhausted": "The limit of open files is reached",
  "one-failure-ends-all": "One unhandled failure ends every call",
  "fragmented-invite": "A fragmented INVITE above 1,500 bytes is never seen",
  "redrive-failed": "Storing again failed, and files were lost",
} as const;

export type FieldFault = keyof typeof FIELD_FAULTS;

export function isFieldFault(name: string): name is FieldFault {
  return Object.hasOwn(FIELD_FAULTS, name);
}
