// Delta3 records as data (devlink3.md §8). Types only: delta3.ts parses them, calls/ applies them.

/** An integer field that is empty or not a number is null; a text field that is not set is "". */
export interface CallSection {
  readonly node: string;
  readonly callId: number;
  readonly accountCode: string;
  readonly tag: string;
  readonly ownerGroup: string;
  readonly originalGroup: string;
  readonly originalUser: string;
  readonly currentGroup: string;
  readonly currentUser: string;
  /** 12: a voicemail message is being left. */
  readonly voicemailMessage: number | null;
  /** 14: 1 queueing, 3 announcement. */
  readonly queue: number | null;
  /** 15: 0.1 s of unknown origin; differences only. */
  readonly timestamp: number | null;
  readonly overflow: number | null;
}

export interface Party {
  readonly endId: string;
  /** 1 = the call came into the PBX by this end, 0 = the PBX called out by it. */
  readonly direction: number | null;
  readonly state: number | null;
  /** 1 connected, 0 on hold. */
  readonly audioPath: number | null;
  readonly tone: number | null;
  readonly isRemote: boolean;
  readonly isPublicLine: boolean;
  /** Bits of §8.3: 01 privacy, 20 consent refused (hexadecimal). */
  readonly flags: number;
  readonly equipmentClass: number | null;
  readonly equipmentType: number | null;
  readonly description: string;
  readonly identity: string;
  readonly calledType: number | null;
  readonly calledReason: number | null;
  readonly did: string;
  readonly dialled: string;
  readonly targetNumber: string;
  readonly purpose: string;
  readonly cli: string;
  readonly cliPresentation: number | null;
  readonly nameType: number | null;
  readonly name: string;
  readonly relatedEndId: string;
  /** Fields beyond 15 cannot be trusted (§8.1, last paragraph). */
  readonly isDamaged: boolean;
}

export interface Target {
  readonly endId: string;
  readonly isRemote: boolean;
  readonly equipmentClass: number | null;
  readonly identity: string;
  readonly calledType: number | null;
  readonly calledReason: number | null;
  readonly targetNumber: string;
  readonly purpose: string;
  readonly cli: string;
}

export interface DetailRecord {
  readonly kind: "Detail";
  readonly call: CallSection;
  readonly partyA: Party | null;
  readonly partyB: Party | null;
  readonly targets: readonly Target[];
}

export interface LostRecord {
  readonly kind: "CallLost" | "LinkLost";
  readonly node: string;
  readonly endId: string;
  readonly isClearedByDevice: boolean;
  readonly cause: number | null;
  readonly timestamp: number | null;
}

export interface AttemptRejectRecord {
  readonly kind: "AttemptReject";
  readonly node: string;
  readonly endId: string;
  readonly user: string;
  readonly qualifier: string;
}

/** Kept raw and counted. */
export interface UnknownRecord {
  readonly kind: "unknown";
  readonly text: string;
}

export type Delta3Record = DetailRecord | LostRecord | AttemptRejectRecord | UnknownRecord;

/** devlink3.md §6.3. */
export interface SipTrack {
  readonly event: "START" | "END";
  /** The 16-digit end identifier. */
  readonly endId: string;
  readonly sipType: "TRUNK" | "PHONE";
  readonly direction: "IN" | "OUT";
  readonly sipCallId: string;
}
