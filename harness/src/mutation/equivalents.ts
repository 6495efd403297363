// Mutants that are not counted, each with the reason why nothing can tell it from the original.
// A mutant that only lacks a test does not belong here. Data only.
import type { Equivalent } from "./equivalence.ts";

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "recorder/src/audio/e-model.ts",
    at: "if (rating < 0) return 1;",
    change: "rating < 0 → rating <= 0",
    why: "The formula below gives 1 at R 0 as well.",
  },
  {
    file: "recorder/src/audio/e-model.ts",
    at: "if (rating > 100) return 4.5;",
    change: "rating > 100 → rating >= 100",
    why: "The formula below gives 4.5 at R 100 as well.",
  },
  {
    file: "recorder/src/rtp/packet.ts",
    at: 'if (start + 4 > length) return "bad-extension";',
    change: "start + 4 > length → false",
    why: "Bytes that are not there read as 0, and the check after the length refuses the same.",
  },
  {
    file: "recorder/src/rtp/packet.ts",
    at: 'if (start + 4 > length) return "bad-extension";',
    change: "start + 4 → start - 4",
    why: "Bytes that are not there read as 0, and the check after the length refuses the same.",
  },
  {
    file: "recorder/src/rtp/reorder.ts",
    at: "if (bytes.length <= room) {",
    change: "bytes.length <= room → false",
    why: "The two halves below write the same when the second is empty; this is the quick way.",
  },
  {
    file: "recorder/src/rtp/reorder.ts",
    at: "if (bytes.length <= room) {",
    change: "bytes.length <= room → bytes.length < room",
    why: "The two halves below write the same when the second is empty; this is the quick way.",
  },
  {
    file: "recorder/src/rtp/reorder.ts",
    at: "if (bytes.length <= room) {",
    change: "{ this.#ring.set(bytes, at); return; } → {}",
    why: "The two halves below write the same when the second is empty; this is the quick way.",
  },
  {
    file: "recorder/src/rtp/reorder.ts",
    at: "if (limit <= from) return;",
    change: "limit <= from → limit < from",
    why: "Where nothing leaves, nothing below does anything.",
  },
  {
    file: "recorder/src/rtp/rtcp.ts",
    at: 'if (at + 4 > body.byteLength) return "cut-off";',
    change: "at + 4 > body.byteLength → at + 4 >= body.byteLength",
    why: "A chunk without room for its null octet is cut off in any case, a few lines below.",
  },
  {
    file: "recorder/src/rtp/rtcp.ts",
    at: 'if (at + 2 > body.byteLength) return "cut-off";',
    change: "at + 2 > body.byteLength → at + 2 >= body.byteLength",
    why: "An item that ends the packet leaves no room for the null octet: cut off in any case.",
  },
  {
    file: "recorder/src/rtp/rtcp.ts",
    at: 'if (at + 2 + length > body.byteLength) return "cut-off";',
    change: "at + 2 + length > body.byteLength → at + 2 + length >= body.byteLength",
    why: "An item that ends the packet leaves no room for the null octet: cut off in any case.",
  },
  {
    file: "recorder/src/rtp/sequence.ts",
    at: "if (this.#maximum < 0) {",
    change: "this.#maximum < 0 → this.#maximum <= 0",
    why: "It is -1 before the first number, and above 65,535 from then on.",
  },
  {
    file: "recorder/src/rtp/sequence.ts",
    at: "readonly #seen = new Float64Array(SEEN_SLOTS).fill(-1);",
    change: "-1 → +1",
    why: "Extended numbers begin above 65,000: 1 is as little one of them as -1.",
  },
  {
    file: "recorder/src/rtp/sequence.ts",
    at: "this.#seen.fill(-1);",
    change: "-1 → +1",
    why: "Extended numbers begin above 65,000: 1 is as little one of them as -1.",
  },
  {
    file: "recorder/src/rtp/timeline.ts",
    at: "if (jump > 0 && jump <= otherPackets * packet.samples) return 0;",
    change: "jump > 0 → jump >= 0",
    why: "A jump of 0 gives 0 either way.",
  },
  {
    file: "recorder/src/rtp/timeline.ts",
    at: "this.#clockOffset = offset > leaked || Number.isNaN(leaked) ? offset : leaked;",
    change: "offset > leaked → offset >= leaked",
    why: "Of two equal values either is the same.",
  },
  {
    file: "recorder/src/calls/call-model.ts",
    at: "if (lastCause === null || !LINGER_CAUSES.has(lastCause)) return this.#end(call);",
    change: "lastCause === null → false",
    why: "null is none of the causes after which a call lingers; the test is there for the types.",
  },
  {
    file: "recorder/src/media/packet-reception.ts",
    at: "const ssrcs = isDoubted ? [] : (live?.stream.ssrcs ?? []);",
    change: '[] → ["Stryker was here"]',
    why: "SSRCs are numbers: to refuse a text as well refuses no packet.",
  },
  {
    file: "recorder/src/rules/verdict.ts",
    at: "(first, match) => (first === null || match.order < first.order ? match : first),",
    change: "match.order < first.order → match.order <= first.order",
    why: "A rule matches a call once, so no two matches have the same place in the list.",
  },
  {
    file: "recorder/src/sip/message.ts",
    at: "if (!(error instanceof TypeError)) throw error;",
    change: "!(error instanceof TypeError) → false",
    why: "Decoding throws nothing else; the line lets a mistake of ours through, if there is one.",
  },
  {
    file: "recorder/src/devlink3/raw-log.ts",
    at: 'const [, at = "", pbx = "", direction, hex = ""] = RAW_LINE.exec(line.trim()) ?? [];',
    change: '"" → "Stryker was here!"',
    why: "A line that does not fit has none of them: no time, and nothing else of it is looked at.",
  },
  {
    file: "recorder/src/storage/envelope.ts",
    at: "filtered = HIGH_PASS * (filtered + (sample - previous));",
    change: "filtered + (sample - previous) → filtered - (sample - previous)",
    why: "The filter is linear: what comes out has the other sign, and only its square counts.",
  },
  {
    file: "recorder/src/storage/pool-storage.ts",
    at: "this.#ready.length > 0",
    change: "this.#ready.length > 0 → this.#ready.length >= 0",
    why: "An empty queue gives undefined, and the line below returns; it is there for the types.",
  },
  {
    file: "recorder/src/storage/state-file.ts",
    at: "if (error instanceof SyntaxError) return null;",
    change: "error instanceof SyntaxError → true",
    why: "JSON.parse throws nothing else; the line below lets a mistake of ours through.",
  },
  {
    file: "recorder/src/association/ladder.ts",
    at: 'const tracked = this.#related.get(this.#tracks.get(clues.sipCallId) ?? "");',
    change: '"" → "Stryker was here!"',
    why: "No end has either name: ends are sixteen hexadecimal digits.",
  },
];
