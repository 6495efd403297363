// What server.log and events.log tell of DevLink3 (R18): each event with its device call and end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkNews, MAXIMUM_ENDS } from "../../src/association/link-news.ts";
import { parseDelta3 } from "../../src/devlink3/delta3.ts";
import type { LogFields, Logger } from "../../src/log.ts";
import { detail, END_2001, lost, phone, target } from "./records.ts";

const PBX = "192.0.2.1";

function world() {
  const events: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const take = (message: string, fields?: LogFields): void =>
    void lines.push({ message, ...fields });
  const log: Logger = { debug: take, info: take, warn: take, error: take, child: () => log };
  const news = new LinkNews(PBX, { eventsLog: (line) => events.push(line), log });
  return { events, lines, news };
}

test("R18 an end that is lost is told with the call in which it was seen last", () => {
  const { lines, news } = world();
  news.record(detail({ callId: 31, a: phone() }));
  news.record(detail({ callId: 32, a: phone() }));
  news.record({ ...lost(END_2001), kind: "LinkLost" });
  news.record(lost(END_2001));
  news.record(lost(END_2001));
  assert.deepEqual(
    lines.map(({ message, deviceCallId, endId }) => [message, deviceCallId, endId]),
    [
      ["DevLink event Detail", "c0a80a01-31", END_2001],
      ["DevLink event Detail", "c0a80a01-32", END_2001],
      ["DevLink event LinkLost", "c0a80a01-32", END_2001],
      ["DevLink event CallLost", "c0a80a01-32", END_2001],
      ["DevLink event CallLost", null, END_2001],
    ],
  );
});

test("R18 a SIPTrack is told with its call, end and SIP Call-ID", () => {
  const { events, lines, news } = world();
  news.record(detail({ a: phone() }));
  const sipCallId = "77aa@192.0.2.1";
  news.sipTrack({ event: "START", endId: END_2001, sipType: "TRUNK", direction: "OUT", sipCallId });
  assert.deepEqual(lines[1], {
    message: "DevLink event SIPTrack START",
    ...{ pbx: PBX, deviceCallId: "c0a80a01-31", endId: END_2001, sipCallId },
  });
  assert.match(events[1] ?? "", /^192\.0\.2\.1 SIPTrack \{"event":"START"/);
});

test("R24 events.log has one line a record, also of those that cannot be read", () => {
  const { events, lines, news } = world();
  for (const record of parseDelta3("<nonsense>")) news.record(record);
  assert.equal(events.length > 0, true);
  assert.ok(events.every((line) => line.startsWith(`${PBX} {"kind":"unknown"`)));
  assert.deepEqual(lines, []);
});

test("R18 a Detail is told with its ends, targets among them, and its parties", () => {
  const { lines, news } = world();
  const { endId } = target();
  news.record(detail({ callId: 31, a: phone(), b: null, targets: [target()] }));
  news.record(lost(endId));
  news.record(detail({ callId: 33, a: null, b: null }));
  const [told, gone, empty] = lines;
  assert.deepEqual(told, {
    ...{ message: "DevLink event Detail", pbx: PBX, deviceCallId: "c0a80a01-31" },
    ...{ endId: END_2001, ends: [END_2001, endId], parties: ["2001"] },
  });
  assert.deepEqual([gone?.["deviceCallId"], gone?.["node"]], ["c0a80a01-31", "c0a80a01"]);
  assert.deepEqual([empty?.["endId"], empty?.["ends"]], [null, []]);
});

test("of the ends that are remembered the longest unseen gives way", () => {
  const { lines, news } = world();
  const end = (n: number): string => `c0a80a01${n.toString(16).padStart(8, "0")}`;
  const at = (n: number) => detail({ callId: n, a: { ...phone(), endId: end(n) } });
  for (let n = 0; n < MAXIMUM_ENDS; n += 1) news.record(at(n));
  news.record(at(0));
  news.record(at(MAXIMUM_ENDS));
  lines.length = 0;
  for (const n of [0, 1, 2, MAXIMUM_ENDS]) news.record(lost(end(n)));
  assert.deepEqual(
    lines.map(({ deviceCallId }) => deviceCallId),
    ["c0a80a01-0", null, "c0a80a01-2", `c0a80a01-${MAXIMUM_ENDS}`],
  );
});
