// The site of a simulated IP Office: who is there, what lines it has, what it may do. Data only;
// site-schema.ts reads it from YAML, built-in-site.ts is the one that needs no file.

import type { SrtpSuite } from "../wire/srtp.ts";
import type { PhoneKind, TrunkKind } from "./equipment.ts";
import type { PlatformName } from "./platforms.ts";

export interface SiteUser {
  /** The extension number. */
  readonly extension: string;
  /** Short name, as the PBX's user list has it. */
  readonly name: string;
  readonly fullName: string;
  readonly kind: PhoneKind;
  /** Calls that the phone can hold at once; a further one finds it busy. */
  readonly appearances: number;
  /** Private calls are never recorded: the party carries flag 01. */
  readonly privacy: boolean;
  /** Voicemail Pro records this user's calls on its own. */
  readonly voicemailRecords: boolean;
  /** Unanswered for so long (or busy), voicemail takes the call; null = it never does. */
  readonly voicemailSeconds: number | null;
  /** Address of the node of the network on which the user is; null = the site's own. */
  readonly node: string | null;
}

export interface SiteTrunk {
  readonly name: string;
  readonly kind: TrunkKind;
  /** Line number, the first part of an ISDN trunk's "line.channel". */
  readonly line: number;
  /** Calls that it carries at once. */
  readonly channels: number;
  /** Address of the SIP provider; part of the SIP Call-IDs of its calls. */
  readonly address: string;
  /** Put on calls that come in by it, for rules to go by; "" = none. */
  readonly tag: string;
  /** Number dialled from outside → extension or group. */
  readonly ddi: Readonly<Record<string, string>>;
}

export type RingMode =
  "collective" | "collective-call-waiting" | "sequential" | "rotary" | "longest-waiting";

export interface SiteGroup {
  readonly number: string;
  readonly name: string;
  readonly members: readonly string[];
  /**
   * All that are idle at once; all that have room for one more call; from the first on; from the
   * next on; who has been idle longest first.
   */
  readonly ring: RingMode;
  /** How long each member rings, where they ring one after the other. */
  readonly ringSeconds: number;
  /** Calls wait when nobody is free; null = they find the group busy. */
  readonly queue: SiteQueue | null;
  /** Unanswered for so long, the call goes to another group. */
  readonly overflow: { readonly seconds: number; readonly to: string } | null;
  /** Unanswered for so long, voicemail takes the call; null = it never does. */
  readonly voicemailSeconds: number | null;
}

export interface SiteQueue {
  /** An announcement plays this long after the beginning of the wait; null = only music. */
  readonly announcementSeconds: number | null;
  /** A queued call of a Skilled group takes a VCM channel more (R16). */
  readonly skilled: boolean;
}

export interface SiteDevLink3 {
  readonly user: string;
  readonly password: string;
  /**
   * `plain` is asked for over TLS only, a TCP client gets sha1; `plain-always` asks on TCP too, as
   * no IP Office should.
   */
  readonly challenge: "sha1" | "plain" | "plain-always";
  /** Whether the TLS listener is opened (where a port is given for it). */
  readonly tls: boolean;
  readonly maximumConnections: number;
  /** Whether dl3rec/1 is announced and understood. A real PBX does not. */
  readonly recordingExtension: boolean;
  /** CTI Link Pro: 0 = login refused; 1 = no -SCN; 2 = -SCN of 5 nodes; 3 = of 20; 4 = of more. */
  readonly licences: number;
  /** Failed passwords within ten minutes after which the account is locked; 0 = never. */
  readonly lockAfterFailures: number;
  /** null = until somebody unlocks it: permanently. */
  readonly lockSeconds: number | null;
  /** Flags of the event request that this release does not have: FEATURE NOT AVAILABLE. */
  readonly unavailableFlags: readonly string[];
  /** Counter of the first event of each connection; 4294967295 wraps at once. */
  readonly firstCounter: number;
}

export interface Site {
  /** Eight hex characters: the LAN address. Follows from `address`. */
  readonly node: string;
  /** LAN address, IPv4. */
  readonly address: string;
  /** Text of the version tuple. */
  readonly version: string;
  readonly variant: string;
  /** Dialled before outside numbers, and put before numbers of outside callers. */
  readonly outsidePrefix: string;
  /** Of a node by which the other nodes of the network reach each other; null = directly. */
  readonly transit: string | null;
  readonly users: readonly SiteUser[];
  readonly trunks: readonly SiteTrunk[];
  readonly groups: readonly SiteGroup[];
  /** What carries it, with the limits of platforms.ts; null = no limits beyond those named here. */
  readonly platform: PlatformName | null;
  /**
   * Media is encrypted, which counts double where it passes the PBX; a recorder's too, where it is
   * called by TLS.
   */
  readonly srtp: boolean;
  /** Offered first where a recorder is called by TLS; otherwise its media stays plain. */
  readonly srtpSuite: SrtpSuite;
  readonly vcm: { readonly channels: number };
  readonly devlink3: SiteDevLink3;
  /** `always`: the PBX dials `recorder` by itself at each answer. */
  readonly record: "requested" | "always";
  /** SIP URI for `record: always`. */
  readonly recorder: string | null;
  /** What a hold does to the recording leg: re-INVITE and status PAUSED, or nothing at all. */
  readonly hold: "pause" | "keep";
  /**
   * What a private call switched on in mid-call does: the PBX stops recording it, or only tells.
   */
  readonly privateCall: "stop" | "tell";
  /** An outgoing SIP call without an answer is given up after this. */
  readonly giveUpSeconds: number;
  /** A recorder is asked by OPTIONS so often while it has calls; null = never. */
  readonly probeSeconds: number | null;
  /** The first CallID of a run. */
  readonly firstCallId: number;
  /** The load to reckon with, for the validation of its network; null = not told. */
  readonly busyHour: { readonly calls: number; readonly talkSeconds: number } | null;
}

/** Eight hex characters of an IPv4 address: c0a80a01 for 192.168.10.1. */
export function nodeOfAddress(address: string): string {
  return address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("");
}

/** The PBX address field of events of a node. */
export function addressNumber(node: string): number {
  return Number.parseInt(node, 16);
}

/** The node on which a user is, in eight hex characters. */
export function nodeOfUser(site: Site, user: SiteUser | null): string {
  return user === null || user.node === null ? site.node : nodeOfAddress(user.node);
}

/** An end identifier: the node and eight hex digits. */
export function endIdentifier(node: string, number: number): string {
  return `${node}${(number >>> 0).toString(16).padStart(8, "0")}`;
}
