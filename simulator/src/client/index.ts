// The edge of the simulated IP Office as a SIP client: its codecs, transports, transactions and
// pacer, for the validation of a network. Its reading of the specifications is not the recorder's
// (design.md §3).
export * from "../wire/parsed.ts";
export * from "../wire/rtcp.ts";
export * from "../wire/rtp.ts";
export * from "../wire/sdp.ts";
export * from "../wire/sip-values.ts";
export * from "../wire/sip.ts";
export { LegDialog } from "../pbx/leg-dialog.ts";
export type { LegDialogOptions, RequestParts } from "../pbx/leg-dialog.ts";
export { padded } from "../pbx/invite-padding.ts";
export { RtpPacer, type Paced, type PacedLeg } from "../pbx/rtp-pacer.ts";
export { RFC_3261_TIMERS, type SipTimers } from "../pbx/sip-client-transaction.ts";
export { responseTo, SipResponses } from "../pbx/sip-responses.ts";
export {
  SipTransactions,
  type ClientTransaction,
  type TransactionUser,
} from "../pbx/sip-transactions.ts";
export { SipTransport, type SipTarget, type SipTransportName } from "../pbx/sip-transport.ts";
export { PbxChance } from "../pbx/pbx-chance.ts";
export { FrameReader, serializeFrame } from "../wire/devlink3-frame.ts";
export { serializePacket } from "../wire/devlink3-packet-writer.ts";
export { AUTH_KIND, parsePacket, RESULT, type DevLink3Packet } from "../wire/devlink3-packet.ts";
export {
  decodeText,
  decodeWideText,
  decodeNumber,
  encodeText,
  encodeWideText,
  TUPLE,
  type Tuple,
} from "../wire/devlink3-tuple.ts";
export { RtpPorts, type RtpPortPair } from "../pbx/rtp-ports.ts";
export { encodeSample } from "../wire/g711.ts";
