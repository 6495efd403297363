// Reads Delta3 text back into records. The PBX itself never needs it: tests compare with it what
// was written. Lenient as devlink3.md §8.1 asks of a reader.
import type { Delta3Call, Delta3Party, Delta3Record, Delta3Target } from "../../src/wire/delta3.ts";

const RECORD = /<(Detail|CallLost|LinkLost|AttemptReject)>([\s\S]*?)<\/\1>/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/** All known records of the text, in order; everything else is skipped. Never throws. */
export function parseDelta3(text: string): Delta3Record[] {
  const records: Delta3Record[] = [];
  for (const [, name = "", content = ""] of text.matchAll(RECORD)) {
    records.push(name === "Detail" ? parseDetail(content) : parseLost(name, content));
  }
  return records;
}

function parseDetail(content: string): Delta3Record {
  const partyA = elementContent(content, "PartyA");
  const partyB = elementContent(content, "PartyB");
  const targets = [...content.matchAll(/<Target>([\s\S]*?)<\/Target>/g)];
  return {
    kind: "detail",
    call: parseCall(new Fields(elementContent(content, "Call") ?? "")),
    partyA: partyA === null ? null : parseParty(new Fields(partyA)),
    partyB: partyB === null ? null : parseParty(new Fields(partyB)),
    targets: targets.map(([, target = ""]) => parseTarget(new Fields(target))),
  };
}

function elementContent(text: string, name: string): string | null {
  const from = text.indexOf(`<${name}>`);
  if (from < 0) return null;
  const to = text.indexOf(`</${name}>`, from);
  return to < 0 ? null : text.slice(from + name.length + 2, to);
}

function parseLost(name: string, content: string): Delta3Record {
  const fields = new Fields(content);
  const head = { node: fields.text(1), endId: fields.text(2) };
  if (name === "AttemptReject") {
    return {
      kind: "attemptReject",
      ...head,
      user: fields.text(3),
      qualifier: fields.text(4),
      timestamp: fields.optional(5),
    };
  }
  return {
    kind: name === "CallLost" ? "callLost" : "linkLost",
    ...head,
    clearedInbound: fields.number(3),
    cause: fields.number(4),
    timestamp: fields.optional(5),
    linkReference: fields.optionalText(6),
  };
}

function parseCall(fields: Fields): Delta3Call {
  return {
    node: fields.text(1),
    callId: fields.number(2),
    accountCode: fields.text(3),
    authorisationCode: fields.text(4),
    tag: fields.text(5),
    transferCause: fields.number(6),
    ownerGroup: fields.text(7),
    originalGroup: fields.text(8),
    originalUser: fields.text(9),
    currentGroup: fields.text(10),
    currentUser: fields.text(11),
    voicemailMessage: fields.optional(12),
    voicemailSeconds: fields.optional(13),
    queue: fields.optional(14),
    timestamp: fields.optional(15),
    overflow: fields.optional(16),
    callFlow: fields.optionalText(17),
    callFlowTime: fields.optional(18),
  };
}

function parseParty(fields: Fields): Delta3Party {
  return {
    endId: fields.text(1),
    direction: fields.number(2),
    state: fields.number(3),
    audioPath: fields.number(4),
    tone: fields.number(5),
    remote: fields.number(6),
    publicLine: fields.number(7),
    flags: fields.number(8),
    emergency: fields.number(9),
    equipmentClass: fields.number(10),
    equipmentType: fields.number(11),
    description: fields.text(12),
    identity: fields.text(13),
    calledType: fields.number(14),
    calledReason: fields.number(15),
    did: fields.text(16),
    dialled: fields.text(17),
    onBehalf: fields.text(18),
    targetNumber: fields.text(19),
    targetSubAddress: fields.text(20),
    purpose: fields.text(21),
    cli: fields.text(22),
    cliPresentation: fields.number(23),
    nameType: fields.optional(24),
    name: fields.optionalText(25),
    relatedEnd: fields.optionalText(26),
  };
}

function parseTarget(fields: Fields): Delta3Target {
  return {
    endId: fields.text(1),
    remote: fields.number(2),
    publicLine: fields.number(3),
    equipmentClass: fields.number(4),
    equipmentType: fields.number(5),
    description: fields.text(6),
    identity: fields.text(7),
    calledType: fields.number(8),
    calledReason: fields.number(9),
    targetNumber: fields.text(10),
    targetSubAddress: fields.text(11),
    purpose: fields.text(12),
    cli: fields.text(13),
    cliPresentation: fields.number(14),
  };
}

/** The fields of one element, counted from 1 as the tables of the specification do. */
class Fields {
  readonly #values: readonly string[];

  constructor(content: string) {
    this.#values = splitFields(content);
  }

  text(position: number): string {
    return this.#values[position - 1] ?? "";
  }

  optionalText(position: number): string | null {
    const text = this.text(position);
    return text === "" ? null : text;
  }

  optional(position: number): number | null {
    const text = this.text(position);
    return /^-?\d{1,15}$/.test(text) ? Number(text) : null;
  }

  number(position: number): number {
    return this.optional(position) ?? 0;
  }
}

/** Splits first and decodes afterwards, so that an entity never makes a new field. */
function splitFields(content: string): string[] {
  const fields: string[] = [];
  let rest = content.trim();
  for (;;) {
    const mark = /^\s*("|&quot;)/.exec(rest);
    const quote = mark === null ? null : quotedField(rest.slice(mark[0].length), mark[1] ?? '"');
    if (quote !== null) {
      fields.push(decodeEntities(quote.value));
      if (quote.rest === null) return fields;
      rest = quote.rest;
      continue;
    }
    const comma = rest.indexOf(",");
    fields.push(decodeEntities((comma < 0 ? rest : rest.slice(0, comma)).trim()));
    if (comma < 0) return fields;
    rest = rest.slice(comma + 1);
  }
}

interface QuotedField {
  readonly value: string;
  /** What follows the comma; null at the end of the list. */
  readonly rest: string | null;
}

/** `text` begins after the opening mark. null when nothing closes the field. */
function quotedField(text: string, mark: string): QuotedField | null {
  let at = 0;
  for (;;) {
    at = text.indexOf(mark, at);
    if (at < 0) return null;
    const after = at + mark.length;
    if (text.startsWith(mark, after)) {
      at = after + mark.length;
      continue;
    }
    const closing = /^\s*(,|$)/.exec(text.slice(after));
    if (closing !== null) {
      const value = text.slice(0, at).replaceAll(mark + mark, mark);
      return { value, rest: closing[1] === "," ? text.slice(after + closing[0].length) : null };
    }
    at = after;
  }
}

function decodeEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
