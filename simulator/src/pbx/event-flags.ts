// The flags of an event request: which are understood, and what is answered. devlink3.md §6.1, §11.
import { RESULT } from "../wire/devlink3-packet.ts";
import { nodeOfAddress, nodeOfUser, type Site } from "./site.ts";

/** What a client gets. */
export interface EventSubscription {
  /** Also events of the other nodes of the network. */
  readonly hasNetwork: boolean;
  readonly hasSipTrack: boolean;
  readonly hasCmExtn: boolean;
  /** Delta2 in place of Delta3. */
  readonly hasDelta2: boolean;
  /** Delta2 as UTF-8 in place of UTF-16BE. */
  readonly isDelta2Text: boolean;
  /** Calls only from their first connection on. */
  readonly onlyConnected: boolean;
}

export interface FlagVerdict {
  readonly result: number;
  /** The valid ones of the request, for the response. */
  readonly accepted: string;
  /** null = an error: nothing is streamed. */
  readonly subscription: EventSubscription | null;
}

/** What the PBX may and can do. */
export interface FlagRights {
  /** CTI Link Pro licences. */
  readonly licences: number;
  /** Nodes of the network, this one included. */
  readonly nodes: number;
  /** Flags that this release does not have. */
  readonly unavailable: readonly string[];
}

export function rightsOf(site: Site): FlagRights {
  const nodes = new Set([site.node, ...site.users.map((user) => nodeOfUser(site, user))]);
  if (site.transit !== null) nodes.add(nodeOfAddress(site.transit));
  const { licences, unavailableFlags } = site.devlink3;
  return { licences, nodes: nodes.size, unavailable: unavailableFlags };
}

const FLAGS: readonly string[] = ["-SCN", "-CD2", "-SIPTrack", "-CMExtn", "-CONN", "-TEXT"];

/** Nodes of which `-SCN` may tell, by number of licences; more than three: any number. */
const NODES_BY_LICENCES = [0, 0, 5, 20] as const;

/** An unknown flag beside known ones, and `-SCN` beside `-CD2`, are only not accepted. */
export function judgeFlags(flags: string, rights: FlagRights): FlagVerdict {
  const asked = flags.split(" ").filter((flag) => flag !== "");
  const hasDelta2 = asked.includes("-CD2");
  const accepted = asked.filter(
    (flag) => FLAGS.includes(flag) && !rights.unavailable.includes(flag),
  );
  if (asked.some((flag) => rights.unavailable.includes(flag))) {
    return refusal(RESULT.featureNotAvailable, accepted);
  }
  const granted = accepted.filter((flag) => flag !== "-SCN" || !hasDelta2);
  const limit = NODES_BY_LICENCES[rights.licences] ?? Infinity;
  if (granted.includes("-SCN") && rights.nodes > limit) {
    return refusal(
      RESULT.insufficientLicence,
      granted.filter((flag) => flag !== "-SCN"),
    );
  }
  if (asked.length > 0 && granted.length === 0) return refusal(RESULT.unknownFlag, granted);
  return {
    result: granted.length === asked.length ? RESULT.success : RESULT.partialSuccess,
    accepted: granted.join(" "),
    subscription: {
      hasNetwork: granted.includes("-SCN"),
      hasSipTrack: granted.includes("-SIPTrack"),
      hasCmExtn: granted.includes("-CMExtn"),
      hasDelta2,
      isDelta2Text: granted.includes("-TEXT"),
      onlyConnected: granted.includes("-CONN"),
    },
  };
}

function refusal(result: number, accepted: readonly string[]): FlagVerdict {
  return { result, accepted: accepted.join(" "), subscription: null };
}
