// The edge of the simulated IP Office: what scenarios, harness and `testbed pbx` use of it.
export { BUILT_IN_SITE_YAML, loadSite } from "./built-in-site.ts";
export { ImpossibleAction } from "./call-registry.ts";
export type { CallSituation } from "./call-situations.ts";
export type { PbxCall, PbxCallState } from "./call-state.ts";
export type { PlaceCall } from "./calls.ts";
export { NO_DEVLINK3_ODDITIES, type DevLink3Oddities } from "./devlink3-oddities.ts";
export type { DevLink3Counters } from "./devlink3-server.ts";
export { FRAME_SAMPLES, findFrameTags, readFrameTag, type FoundFrameTag } from "./frame-tag.ts";
export {
  SimulatedIpOffice,
  type PbxAddresses,
  type SimulatedIpOfficeOptions,
} from "./ip-office.ts";
export type { PbxObserver, PbxPorts } from "./ports.ts";
export {
  DEVLINK3_ODDITIES,
  ODDITIES_DONE,
  oddityEntries,
  SIP_ODDITIES,
  type OddityEntry,
} from "./oddity-catalogue.ts";
export {
  checkSite,
  parseSite,
  type LoadedSite,
  type SiteInput,
  type SiteProblem,
} from "./site-schema.ts";
export type { Site, SiteDevLink3, SiteGroup, SiteTrunk, SiteUser } from "./site.ts";
export { NO_SIP_ODDITIES, type SipOddities } from "./sip-oddities.ts";
export { isSpeaking, mixedFrame } from "./speech.ts";
export type * from "./truth.ts";
export { prepareVoices } from "./voice.ts";
export { ALAW_TO_ULAW } from "../wire/g711.ts";
