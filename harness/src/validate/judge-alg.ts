// Judges whether something between rewrites SIP (an ALG), and whether there is a NAT: by the Via
// that comes back, by what the recorder says that it received, and by its journal where its API can
// be read. Pure.  RFC 3261 §8.2.6.2, §18.2.1; RFC 3581 §4
import type { ValidationItem } from "@tapeline/reports";
import { parseSdp, parseVia, type SipTransportName } from "@tapeline/simulator/client";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import type { SignallingFacts, SignallingPlace } from "./signalling-facts.ts";
import { UNTOUCHED, VIA_UNTOUCHED } from "./thresholds.ts";
import { place as written } from "./words.ts";

/** A SIP message as it left, and as the recorder's journal has it. */
export interface JournalComparison {
  readonly transport: SipTransportName;
  readonly sent: string;
  /** null = the API could not be read; `why` says why. */
  readonly received: string | null;
  readonly why: string;
}

const HOW_TO_OFF = "Switch off SIP ALG (SIP inspection, SIP helper) on the routers and firewalls";

/** Via as it came back: only received and rport may have been added. */
export function judgeVia(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "sip.alg-via",
    group: "sip",
    title: "SIP-ALG: Via as sent against as it came back",
    threshold: VIA_UNTOUCHED,
  };
  const answered = facts.filter(({ viaBack }) => viaBack !== null);
  if (answered.length === 0) return notMeasured(head, "nothing was answered");
  const problems = answered.flatMap((fact) => [
    ...viaProblems(fact).map((problem) => ({ fact, problem })),
    ...fact.echoProblems.map((problem) => ({ fact, problem })),
  ]);
  const [first] = problems;
  if (first === undefined) return passed(head, { measured: "as sent" });
  const transport = first.fact.transport.toUpperCase();
  const { localHost: from, recorderHost: to, port } = place;
  return failed(head, {
    measured: `${first.problem} (${transport})`,
    remedy: `${HOW_TO_OFF} between ${from} and ${to} for ${transport} port ${port}: ${first.problem}.`,
  });
}

function viaProblems(fact: SignallingFacts): string[] {
  const sent = parseVia(fact.viaSent);
  const back = parseVia(fact.viaBack ?? "");
  if (!sent.ok) return [];
  if (!back.ok) return ["the Via that came back cannot be read"];
  const problems: string[] = [];
  if (back.value.host !== sent.value.host || back.value.port !== sent.value.port) {
    const was = written(sent.value.host, sent.value.port ?? 5060);
    const is = written(back.value.host, back.value.port ?? 5060);
    problems.push(`Via was sent with ${was} and came back with ${is}`);
  }
  if (back.value.parameters.get("branch") !== sent.value.parameters.get("branch")) {
    problems.push("the branch of Via was changed");
  }
  return problems;
}

/** The recorder sees another address than ours: a NAT lies between. */
export function judgeNat(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "nat.mapping",
    group: "nat",
    title: "Network address translation on the way",
    threshold: {
      text: "the recorder sees our own address",
      source: "RFC 3581 §4 (received, rport); R9: SIP and audio go straight",
    },
  };
  const seen = seenAs(facts);
  if (seen === null) return notMeasured(head, "no answer carried received and rport");
  if (seen.host === place.localHost && seen.isPortKept) {
    return passed(head, { measured: `none: seen as ${written(seen.host, seen.port)}` });
  }
  return warned(head, {
    measured: `seen as ${written(seen.host, seen.port)}, sent from ${place.localHost}`,
    remedy: `The recorder must know the translated address: add ${seen.host} to sip.allow of the recorder, and let UDP from ${place.recorderHost} to ${seen.host} (SIP port, RTP and RTCP ports of the IP Office) reach ${place.localHost} by a fixed mapping, or route without NAT.`,
  });
}

/** How the recorder sees our UDP port. */
export function seenAs(
  facts: readonly SignallingFacts[],
): { readonly host: string; readonly port: number; readonly isPortKept: boolean } | null {
  for (const { transport, viaBack, viaSent } of facts) {
    if (transport !== "udp" || viaBack === null) continue;
    const back = parseVia(viaBack);
    const sent = parseVia(viaSent);
    if (!back.ok || !sent.ok) continue;
    const host = back.value.parameters.get("received");
    const port = Number(back.value.parameters.get("rport") ?? "");
    if (host === undefined || !Number.isInteger(port) || port === 0) continue;
    return { host, port, isPortKept: port === (sent.value.port ?? 5060) };
  }
  return null;
}

/** What the recorder's Request-URI in a BYE says of our Contact as it received it. */
export function judgeContactInBye(options: {
  readonly sent: string;
  readonly received: string | null;
  readonly place: SignallingPlace;
}): ValidationItem {
  const { sent, received, place } = options;
  const head: ItemHead = {
    id: "sip.alg-contact",
    group: "sip",
    title: "SIP-ALG: our Contact as the recorder calls it back",
    threshold: UNTOUCHED,
  };
  if (received === null) {
    return notMeasured(head, "no request of the recorder came; see the recorder's BYE");
  }
  if (received === sent) return passed(head, { measured: "as sent" });
  return failed(head, {
    measured: `sent ${sent}, called back as ${received}`,
    remedy: `${HOW_TO_OFF} between ${place.localHost} and ${place.recorderHost} for UDP port ${place.port}: our Contact ${sent} was rewritten to ${received}.`,
  });
}

/** Contact, Via and SDP of the INVITE as the recorder's journal has them. */
export function judgeJournal(
  comparison: JournalComparison | null,
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "sip.alg-journal",
    group: "sip",
    title: "SIP-ALG: Via, Contact and SDP as sent against as received (journal)",
    threshold: UNTOUCHED,
  };
  if (comparison === null) {
    return notMeasured(head, "needs the recorder's API: --api URL and --key-file FILE");
  }
  if (comparison.received === null) return notMeasured(head, comparison.why);
  const changed = changesOf(comparison.sent, comparison.received);
  if (changed.length === 0) return passed(head, { measured: "received as sent" });
  const transport = comparison.transport.toUpperCase();
  return failed(head, {
    measured: changed.join("; "),
    remedy: `${HOW_TO_OFF} between ${place.localHost} and ${place.recorderHost} for ${transport} port ${place.port}: ${changed.join("; ")}.`,
  });
}

/** Differences of two texts of one message, a sentence each. */
export function changesOf(sent: string, received: string): string[] {
  const before = partsOf(sent);
  const after = partsOf(received);
  const changes: string[] = [];
  for (const name of ["request line", "via", "from", "to", "contact", "call-id", "cseq"]) {
    const was = before.get(name);
    const is = after.get(name);
    if (was !== undefined && was !== is)
      changes.push(`${name}: sent "${was}", received "${is ?? "nothing"}"`);
  }
  const sdpBefore = sdpOf(sent);
  const sdpAfter = sdpOf(received);
  if (sdpBefore !== sdpAfter) changes.push(`SDP: sent ${sdpBefore}, received ${sdpAfter}`);
  return changes;
}

function partsOf(text: string): Map<string, string> {
  const [head = ""] = text.split(/\r?\n\r?\n/);
  const [start = "", ...lines] = head.split(/\r?\n/);
  const parts = new Map([["request line", start]]);
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (!parts.has(name)) parts.set(name, line.slice(colon + 1).trim());
  }
  return parts;
}

function sdpOf(text: string): string {
  const body = text
    .split(/\r?\n\r?\n/)
    .slice(1)
    .join("\r\n\r\n");
  const description = parseSdp(new TextEncoder().encode(body.trimEnd()));
  if (!description.ok) return "no SDP that can be read";
  const [audio] = description.value.media;
  const media = audio === undefined ? "no audio" : written(audio.connectionHost ?? "?", audio.port);
  return `o=${description.value.originHost}, audio ${media}`;
}
