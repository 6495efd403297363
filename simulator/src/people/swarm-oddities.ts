// The catalogue of what may go wrong in a swarm: every oddity of the IP Office and every fault of
// the surroundings, with values that leave a site able to work, and the profiles that have it.
import type { SeededRandom } from "../world/contract.ts";
import type { SwarmProfile, SwarmValue } from "./swarm-plan.ts";

/** Who puts it into force: a switch of the PBX's SIP side or DevLink3 side, or the surroundings. */
export type OdditySide = "sip" | "devlink3" | "network" | "disk" | "crash" | "clock";

export interface SwarmOddity {
  /** "side.name"; for the PBX's switches the name is that of the switch. */
  readonly name: string;
  readonly side: OdditySide;
  readonly draw: (random: SeededRandom) => SwarmValue;
  /** How long it lasts at most; 0 = it is over at once. */
  readonly longestMs: number;
}

const LONGEST_MS = 12_000;

function oddity(
  name: string,
  draw: (random: SeededRandom) => SwarmValue,
  longestMs: number = LONGEST_MS,
): SwarmOddity {
  return { name, side: name.slice(0, name.indexOf(".")) as OdditySide, draw, longestMs };
}

const on = (): SwarmValue => true;
const between =
  (minimum: number, maximum: number) =>
  (random: SeededRandom): SwarmValue =>
    random.integer(minimum, maximum);
const ratioTo =
  (most: number) =>
  (random: SeededRandom): SwarmValue =>
    Math.round(random.fraction() * most * 1_000) / 1_000;
const oneOf =
  (values: readonly SwarmValue[]) =>
  (random: SeededRandom): SwarmValue =>
    values[random.integer(0, values.length - 1)] ?? null;

const SIP: readonly SwarmOddity[] = [
  oddity("sip.repeatInvite", between(1, 3)),
  oddity("sip.loseAcks", between(1, 2)),
  oddity("sip.ackDelayMs", between(20, 400)),
  oddity("sip.cancelAfterMs", between(0, 40)),
  oddity("sip.inviteNever", on, 4_000),
  oddity("sip.inviteDelayMs", between(50, 2_500)),
  oddity("sip.invitePadBytes", between(1_500, 4_000)),
  oddity("sip.displayName", oneOf(["Alice", 'Zoë "Z" Zander, Sales'])),
  oddity("sip.giveUpMs", between(500, 6_000)),
  oddity("sip.silentOnRequests", on, 4_000),
  oddity("sip.noAudio", on, 4_000),
  oddity("sip.rtpBeforeAnswer", on),
  oddity("sip.rtpDelayMs", between(50, 1_500)),
  oddity("sip.rtpPort", oneOf(["reused", "shared"])),
  oddity("sip.sessionExpires", sessionExpires),
  oddity("sip.firstSequence", between(65_300, 65_535)),
  oddity("sip.firstTimestamp", between(0xffff_0000, 0xffff_ffff)),
  oddity("sip.changeSsrcEveryFrames", between(20, 120)),
  oddity("sip.changeSsrcOnHold", on),
  oddity("sip.timestampJump", timestampJump),
  oddity("sip.packetMs", oneOf([10, 40, 60])),
  oddity("sip.comfortNoise", on),
  oddity("sip.telephoneEvents", on),
  oddity("sip.holdBy", oneOf(["sendonly", "inactive", "zero-address", "silence"])),
  oddity("sip.reorderRatio", ratioTo(0.2)),
  oddity("sip.lossRatio", ratioTo(0.2)),
  oddity("sip.codec", oneOf(["PCMA"])),
  oddity("sip.offerless", on),
  oddity("sip.rtpAfterByeMs", between(20, 400)),
  oddity("sip.duplicateRtp", on),
];

const DEVLINK3: readonly SwarmOddity[] = [
  oddity("devlink3.splitFrames", between(1, 40)),
  oddity("devlink3.joinFrames", between(2, 8)),
  oddity("devlink3.silentTest", on),
  oddity("devlink3.dropEvents", between(3, 20)),
  oddity("devlink3.swapEvents", between(3, 10)),
  oddity("devlink3.doubleRecords", on),
  oddity("devlink3.resetMidFrame", between(1, 30)),
  oddity("devlink3.refuseStart", between(1, 6), 5_000),
  oddity("devlink3.vcmRefusal", oneOf(["silence"])),
  oddity("devlink3.delaySipTrackMs", between(50, 3_000)),
  oddity("devlink3.wrongSipTrackCallId", on),
  oddity("devlink3.clockOffMs", oneOf([-3_600_000, -2_000, 5_000, 86_400_000])),
];

const NETWORK: readonly SwarmOddity[] = [
  oddity("network.datagrams", datagrams),
  oddity("network.streams", streams),
  oddity("network.reset", on, 0),
  oddity("network.separated", on, 3_000),
];

const DISK: readonly SwarmOddity[] = [
  oddity("disk.liveSlow", between(5, 400)),
  oddity("disk.liveFrozen", on, 5_000),
  oddity("disk.driveFull", between(0, 20_000)),
  oddity("disk.driveFrozen", between(0, 1)),
  oddity("disk.driveLost", between(0, 1)),
];

const CRASH: readonly SwarmOddity[] = [
  oddity("crash.process", on, 4_000),
  oddity("crash.power", on, 4_000),
  oddity("crash.atDiskCall", crashPoint, 6_000),
];

const CLOCK: readonly SwarmOddity[] = [
  oddity("clock.step", oneOf([-3_600_000, -2_000, 1_500, 7_200_000]), 0),
];

/** Not in a swarm, and why; each has scenarios of its own. */
export const NOT_IN_SWARMS: Readonly<Record<string, string>> = {
  "sip.strayPacketsPerSecond":
    "a foreign stream of the IP Office's own address may follow a call that is silent (design.md §5)",
  "sip.otherCodecs":
    "what it offers beside G.711 changes no byte that follows; alone, every call is refused",
  "devlink3.refuseLogin":
    "a refused login is tried again after a minute or more: the site would only stand still",
  "sip.rtpFromOtherPort":
    "which of several silent calls another port belongs to, nobody can tell (design.md §5)",
  "sip.strayPacketsFirst":
    "a foreign stream of the IP Office's own address may be taken until the call's own speaks",
  "sip.srtpBoth": "swarms call the recorder by UDP and TCP, where no key may travel",
  "sip.srtpRekeyOnHold": "swarms call the recorder by UDP and TCP, where no key may travel",
  "sip.srtpWrongKey": "swarms call the recorder by UDP and TCP, where no key may travel",
  "sip.srtpReplays": "swarms call the recorder by UDP and TCP, where no key may travel",
};

/** Two oddities that are never in one plan: `one`, where it has this value, and `other`. */
export interface Exclusion {
  readonly one: string;
  readonly value: SwarmValue;
  readonly other: string;
  readonly why: string;
}

const BY_SSRC_ALONE =
  "of two calls that speak from one port at once only the SSRC tells which is which: ";

/**
 * Never in one plan, and why. A port that the next call has once the one before is over ("reused")
 * can be told apart in all of these.
 */
export const NOT_TOGETHER: readonly Exclusion[] = [
  notShared("sip.rtpBeforeAnswer", "whose a new one is that comes before its INVITE, nobody knows"),
  notShared("sip.offerless", "a call that has not said where it speaks is not known to share it"),
  notShared("sip.changeSsrcOnHold", "whose a new one is, of two that may change it, nobody knows"),
  notShared("sip.changeSsrcEveryFrames", "whose a new one is, of two that change it, nobody knows"),
  notShared("crash.process", "which was whose is forgotten where the journal did not have it yet"),
  notShared("crash.power", "which was whose is forgotten where it was not synced"),
  notShared(
    "crash.atDiskCall",
    "which was whose is forgotten where the journal did not have it yet",
  ),
];

function notShared(other: string, why: string): Exclusion {
  const reason = `${BY_SSRC_ALONE}${why} (design.md §5)`;
  return { one: "sip.rtpPort", value: "shared", other, why: reason };
}

/** What a recorder that follows the calls must notice. */
const LINK_LOSSES: readonly SwarmOddity[] = [...DEVLINK3, ...NETWORK].filter(({ name }) =>
  ["devlink3.resetMidFrame", "network.reset", "network.separated"].includes(name),
);

/** What only SIP over TCP comes by; UDP has no pieces. */
const STREAM_SIP: readonly SwarmOddity[] = [
  oddity("sip.splitSipBytes", between(5, 200)),
  ...NETWORK.filter(({ name }) => name === "network.streams"),
  ...SIP.filter(({ name }) => name === "sip.sessionExpires"),
];

/** All of it, by profile. Sites without troubles have none. */
export const ODDITIES: Readonly<Record<SwarmProfile, readonly SwarmOddity[]>> = {
  "quiet-site": [],
  "busy-site": [],
  "choosy-site": [...LINK_LOSSES, ...CRASH],
  "stream-sip": [...STREAM_SIP, ...LINK_LOSSES, ...CRASH],
  "bad-network": [...SIP, ...DEVLINK3, ...NETWORK],
  "bad-disk": [...DISK, ...CLOCK],
  crashy: [...CRASH, ...CLOCK],
  everything: [...SIP, ...DEVLINK3, ...NETWORK, ...DISK, ...CRASH, ...CLOCK],
};

function sessionExpires(random: SeededRandom): SwarmValue {
  const refresher = oneOf(["pbx", "recorder", "nobody"])(random);
  return { seconds: 90, refresher };
}

function timestampJump(random: SeededRandom): SwarmValue {
  return { everyFrames: random.integer(40, 200), samples: random.integer(200, 16_000) };
}

/** Bursts by Gilbert-Elliott, jitter, copies, and what arrives with changed bytes. */
function datagrams(random: SeededRandom): SwarmValue {
  const loss = { enter: 0.02, leave: 0.3, lossInBad: 0.6 };
  const minimumMs = random.integer(0, 20);
  return {
    ...(random.chance(0.5) ? { loss } : {}),
    ...(random.chance(0.5) ? { delayMs: [minimumMs, minimumMs + random.integer(0, 60)] } : {}),
    ...(random.chance(0.4) ? { reorderRatio: 0.05 } : {}),
    ...(random.chance(0.4) ? { duplicateRatio: 0.05 } : {}),
    ...(random.chance(0.2) ? { corruptRatio: 0.01 } : {}),
  };
}

function streams(random: SeededRandom): SwarmValue {
  return {
    chunkBytes: random.integer(1, 60),
    ...(random.chance(0.4) ? { delayMs: [0, random.integer(1, 200)] } : {}),
    ...(random.chance(0.2) ? { stalled: true } : {}),
  };
}

function crashPoint(random: SeededRandom): SwarmValue {
  return {
    call: random.integer(1, 60),
    side: random.chance(0.5) ? "before" : "after",
    kind: random.chance(0.5) ? "process" : "power",
  };
}
