// What each platform of the IP Office can carry: recording channels, calls, conferences, extensions
// and VCM channels (domain.md, "The PBX"). Pure functions of counts; where the vendor gives no
// figure there is no limit. A site without a platform has only the limits that it names itself.

export type PlatformName = "ip500v2" | "r260" | "r660" | "virtual" | "select";

export interface Platform {
  /** Recordings at once on one node. */
  readonly recordings: number;
  /** Recordings at once on all nodes of the solution. */
  readonly solutionRecordings: number;
  /** Calls at once. */
  readonly directCalls: number;
  /** Of them, those whose media passes the PBX, as that of recorded ones does. */
  readonly indirectCalls: number;
  readonly extensions: number;
  /** null: no VCM hardware, none is counted. */
  readonly vcmChannels: number | null;
  readonly conferenceChannels: number;
  readonly conferenceMembers: number;
}

const SERVER = {
  extensions: Infinity,
  vcmChannels: null,
  conferenceChannels: Infinity,
  conferenceMembers: Infinity,
} as const;

export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  ip500v2: {
    recordings: 40,
    solutionRecordings: Infinity,
    directCalls: Infinity,
    indirectCalls: Infinity,
    extensions: 384,
    vcmChannels: 148,
    conferenceChannels: 128,
    conferenceMembers: 64,
  },
  r260: {
    ...SERVER,
    recordings: 75,
    solutionRecordings: Infinity,
    directCalls: 750,
    indirectCalls: 128,
  },
  r660: {
    ...SERVER,
    recordings: 150,
    solutionRecordings: Infinity,
    directCalls: 2000,
    indirectCalls: 1024,
  },
  virtual: {
    ...SERVER,
    recordings: 150,
    solutionRecordings: Infinity,
    directCalls: Infinity,
    indirectCalls: Infinity,
  },
  select: {
    ...SERVER,
    recordings: 250,
    solutionRecordings: 500,
    directCalls: 3000,
    indirectCalls: 1024,
  },
};

/** "A three-party conference per call": what a recording takes of the conference channels. */
const CONFERENCE_CHANNELS_A_RECORDING = 3;
/** SRTP counts double on indirect media. */
const SRTP_WEIGHT = 2;

/** What is in use when something more is wanted. */
export interface Load {
  readonly calls: number;
  readonly recordings: number;
  /** Of them, on the node that is asked. */
  readonly nodeRecordings: number;
  /** Members of all conferences. */
  readonly conferenceMembers: number;
}

/** Whether one more call may come to be. */
export function allowsCall(platform: Platform | null, load: Load): boolean {
  return platform === null || load.calls < platform.directCalls;
}

/** Whether one more recording may begin. */
export function allowsRecording(platform: Platform | null, load: Load, isSrtp: boolean): boolean {
  if (platform === null) return true;
  const channels = load.conferenceMembers + (load.recordings + 1) * CONFERENCE_CHANNELS_A_RECORDING;
  const indirect = (load.recordings + 1) * (isSrtp ? SRTP_WEIGHT : 1);
  return (
    load.nodeRecordings < platform.recordings &&
    load.recordings < platform.solutionRecordings &&
    indirect <= platform.indirectCalls &&
    channels <= platform.conferenceChannels
  );
}

/** Whether a conference may grow to so many members, `more` of them new to all conferences. */
export function allowsConference(
  platform: Platform | null,
  load: Load,
  { members, more }: { readonly members: number; readonly more: number },
): boolean {
  if (platform === null) return true;
  const used = load.conferenceMembers + load.recordings * CONFERENCE_CHANNELS_A_RECORDING;
  return members <= platform.conferenceMembers && used + more <= platform.conferenceChannels;
}
