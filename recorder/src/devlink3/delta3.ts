// Delta3 text → records.  devlink3.md §8. Codec of tuple 00760001, reading side: values are element
// content, by position. A record that cannot be trusted as a whole comes out as "unknown", because
// a Detail replaces everything known of its call.
import type { Problem } from "../parsed.ts";
import { findElements, type Element } from "./delta3-elements.ts";
import { Fields } from "./delta3-fields.ts";
import type {
  AttemptRejectRecord,
  CallSection,
  Delta3Record,
  DetailRecord,
  LostRecord,
  Party,
  Target,
} from "./delta3-record.ts";

/** Records with what was wrong about them, for log and counters. */
export interface Delta3Reading {
  readonly records: readonly Delta3Record[];
  readonly problems: readonly Problem[];
}

/** Problems reported of one text. */
export const MAXIMUM_PROBLEMS = 16;

const PARTY_FIELDS = 26;
/** Fields that stay good when a comma in field 16 has shifted the rest. */
const TRUSTED_FIELDS = 15;
const CLI_PRESENTATIONS = new Set(["0", "1", "2", "100"]);
const MAXIMUM_CALL_ID = 0xffffffff;

/** The records of one text, in order. */
export function parseDelta3(text: string): Delta3Record[] {
  return [...readDelta3(text).records];
}

/** `parseDelta3`, with the problems. Never throws. */
export function readDelta3(text: string): Delta3Reading {
  const reader = new Reader();
  const records: Delta3Record[] = [];
  const keepRaw = (raw: string): void => {
    if (raw.trim() === "") return;
    records.push({ kind: "unknown", text: raw.trim() });
  };
  let at = 0;
  for (const element of recordElements(text)) {
    const record = reader.record(element);
    // Stays in what is kept raw, together with its unknown neighbours.
    if (record === null) continue;
    keepRaw(text.slice(at, element.begin));
    records.push(record);
    at = element.end;
  }
  keepRaw(text.slice(at));
  return { records, problems: reader.problems };
}

/** Outermost elements; one that swallowed the beginning of another record was cut off. */
function recordElements(text: string): Element[] {
  const elements = findElements(text);
  const isCutOff = ({ name, content }: Element): boolean =>
    RECORD_NAMES.has(name) && content !== null && RECORD_BEGINNING.test(content);
  if (!elements.some(isCutOff)) return elements;
  const pieces: Element[] = [];
  for (const begin of recordBeginnings(text)) {
    const [element] = findElements(text.slice(begin.from, begin.to));
    if (element === undefined) continue;
    const shift = begin.from;
    pieces.push({ ...element, begin: element.begin + shift, end: element.end + shift });
  }
  return pieces;
}

const RECORD_NAMES = new Set(["Detail", "CallLost", "LinkLost", "AttemptReject"]);
const RECORD_BEGINNING = /<(?:Detail|CallLost|LinkLost|AttemptReject)>/;

function recordBeginnings(text: string): { from: number; to: number }[] {
  const all = [...text.matchAll(new RegExp(RECORD_BEGINNING, "g"))].map(({ index }) => index);
  return all.map((from, index) => ({ from, to: all[index + 1] ?? text.length }));
}

/** Reads sections and collects what was wrong with them. */
class Reader {
  readonly problems: Problem[] = [];

  record(element: Element): Delta3Record | null {
    const { name, content } = element;
    if (content === null) {
      this.#report("unclosed", name, "The closing tag is missing.");
      return null;
    }
    switch (name) {
      case "Detail":
        return this.#detail(content);
      case "CallLost":
      case "LinkLost":
        return this.#lost(name, content);
      case "AttemptReject":
        return this.#attemptReject(content);
      default:
        this.#report("unknown-record", name, "The record's name is unknown.");
        return null;
    }
  }

  #detail(content: string): DetailRecord | null {
    const elements = findElements(content);
    const isBroken = (element: Element): boolean =>
      element.content === null && SECTION_NAMES.has(element.name);
    if (elements.some(isBroken)) return this.#refuse("unclosed", "Detail", "A section is cut off.");
    // The first of a name counts, as the grammar has only one.
    const section = (name: string): string | null =>
      elements.find((element) => element.name === name)?.content ?? null;
    const call = this.#call(section("Call") ?? "");
    if (call === null) return null;
    return {
      kind: "Detail",
      call,
      partyA: this.#party("PartyA", section("PartyA")),
      partyB: this.#party("PartyB", section("PartyB")),
      targets: this.#targets(section("Target_list") ?? ""),
    };
  }

  #call(content: string): CallSection | null {
    const fields = new Fields(content);
    const node = fields.text(1);
    const callId = fields.integer(2);
    if (node === "" || callId === null || callId < 0 || callId > MAXIMUM_CALL_ID) {
      return this.#refuse("no-call", "Call", "Node or CallID is missing or not valid.");
    }
    const call = {
      node,
      callId,
      accountCode: fields.text(3),
      tag: fields.text(5),
      ownerGroup: fields.text(7),
      originalGroup: fields.text(8),
      originalUser: fields.text(9),
      currentGroup: fields.text(10),
      currentUser: fields.text(11),
      voicemailMessage: fields.integer(12),
      queue: fields.integer(14),
      timestamp: fields.integer(15),
      overflow: fields.integer(16),
    };
    this.#reportIntegers("Call", fields);
    return call;
  }

  #party(name: string, content: string | null): Party | null {
    if (content === null) return null;
    const fields = new Fields(content);
    if (fields.text(1) === "") {
      if (content.trim() !== "") this.#report("no-end", name, "The end identifier is missing.");
      return null;
    }
    const isDamaged = isShifted(fields);
    if (isDamaged) this.#report("damaged", name, "Fields beyond 15 are shifted by a comma.");
    const trusted = {
      endId: fields.text(1),
      direction: fields.integer(2),
      state: fields.integer(3),
      audioPath: fields.integer(4),
      tone: fields.integer(5),
      isRemote: fields.integer(6) === 1,
      isPublicLine: fields.integer(7) === 1,
      flags: fields.integer(8) ?? 0,
      equipmentClass: fields.integer(10),
      equipmentType: fields.integer(11),
      description: fields.text(12),
      identity: fields.text(13),
      calledType: fields.integer(14),
      calledReason: fields.integer(15),
      isDamaged,
    };
    const party = { ...trusted, ...partyRest(isDamaged ? new Fields("") : fields) };
    this.#reportIntegers(name, fields);
    return party;
  }

  #targets(content: string): Target[] {
    const targets: Target[] = [];
    for (const element of findElements(content)) {
      if (element.name !== "Target") continue;
      const fields = new Fields(element.content ?? "");
      if (fields.text(1) === "") {
        this.#report("no-end", "Target", "The end identifier is missing.");
        continue;
      }
      targets.push({
        endId: fields.text(1),
        isRemote: fields.integer(2) === 1,
        equipmentClass: fields.integer(4),
        identity: fields.text(7),
        calledType: fields.integer(8),
        calledReason: fields.integer(9),
        targetNumber: fields.text(10),
        purpose: fields.text(12),
        cli: fields.text(13),
      });
      this.#reportIntegers("Target", fields);
    }
    return targets;
  }

  #lost(kind: LostRecord["kind"], content: string): LostRecord | null {
    const fields = new Fields(content);
    const [node, endId] = [fields.text(1), fields.text(2)];
    if (node === "" || endId === "") return this.#refuse("no-end", kind, "Node or end is missing.");
    const record = {
      kind,
      node,
      endId,
      isClearedByDevice: fields.integer(3) === 1,
      cause: fields.integer(4),
      timestamp: fields.integer(5),
    };
    this.#reportIntegers(kind, fields);
    return record;
  }

  #attemptReject(content: string): AttemptRejectRecord | null {
    const fields = new Fields(content);
    const [node, endId] = [fields.text(1), fields.text(2)];
    const kind = "AttemptReject";
    if (node === "" || endId === "") return this.#refuse("no-end", kind, "Node or end is missing.");
    return { kind, node, endId, user: fields.text(3), qualifier: fields.text(4) };
  }

  #refuse(code: string, at: string, detail: string): null {
    this.#report(code, at, detail);
    return null;
  }

  #report(code: string, at: string, detail: string): void {
    if (this.problems.length < MAXIMUM_PROBLEMS) this.problems.push({ code, at, detail });
  }

  #reportIntegers(section: string, fields: Fields): void {
    for (const number of fields.notIntegers) {
      this.#report("not-an-integer", `${section} ${number}`, "The field should be an integer.");
    }
  }
}

const SECTION_NAMES = new Set(["Call", "PartyA", "PartyB", "Target_list", "Target"]);

/** A To URI with a comma in field 16 shifts what follows; field 23 gives it away (§8.1). */
function isShifted(fields: Fields): boolean {
  if (fields.count > PARTY_FIELDS) return true;
  return fields.count > PARTY_FIELDS - 4 && !CLI_PRESENTATIONS.has(fields.text(23));
}

/** Fields after TRUSTED_FIELDS. */
function partyRest(fields: Fields) {
  return {
    did: fields.text(TRUSTED_FIELDS + 1),
    dialled: fields.text(17),
    targetNumber: fields.text(19),
    purpose: fields.text(21),
    cli: fields.text(22),
    cliPresentation: fields.integer(23),
    nameType: fields.integer(24),
    name: fields.text(25),
    relatedEndId: fields.text(26),
  };
}
