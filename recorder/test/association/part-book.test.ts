// The look-ups of the part book, and what gives way at its limit; who decides on parts is tested by
// parts.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PartBook, PARTS_KEPT } from "../../src/association/part-book.ts";
import { CallModel, type ModelCall } from "../../src/calls/call-model.ts";
import { newPart, type Part } from "../../src/rules/part.ts";
import { END_2001, talking } from "./records.ts";

function someCall(): ModelCall {
  const model = new CallModel();
  model.apply(talking(), { nowMs: 0, wallMs: 0 });
  const call = model.calls()[0];
  assert.ok(call !== undefined);
  return call;
}

function somePart(call: ModelCall, liveStreamId: string, endId = END_2001): Part {
  return newPart({
    liveStreamId,
    callKey: call.conversation.callKey,
    part: 1,
    deviceCallId: call.deviceCallId,
    endId,
    agent: "Alice",
    extension: "2001",
    pbx: "192.168.10.1",
    call,
    beganMs: 0,
  });
}

test("a part is found by stream id, end, call and conversation", () => {
  const [book, call] = [new PartBook(), someCall()];
  const part = somePart(call, "s1");
  book.add(part);
  assert.equal(book.currentOf(call), null);
  book.begin(part);
  assert.equal(book.currentOf(call), part);
  assert.equal(book.ofStream("s1"), part);
  assert.equal(book.ofEnd(END_2001), part);
  assert.deepEqual(book.ofConversation(call.conversation), [part]);
  assert.deepEqual(book.current(), [part]);
  book.end(part);
  assert.deepEqual(book.current(), []);
  assert.equal(book.ofStream("s1"), part, "a SIP call may come late");
});

test("a later part takes over the end; ending an earlier one does not touch it", () => {
  const [book, call] = [new PartBook(), someCall()];
  const [first, second] = [somePart(call, "s1"), somePart(call, "s2")];
  for (const part of [first, second]) {
    book.add(part);
    book.begin(part);
  }
  book.end(first);
  assert.equal(book.currentOf(call), second);
  assert.equal(book.ofEnd(END_2001), second);
});

test("an adopted part answers to both stream ids, and to the end that it goes on by", () => {
  const [book, call] = [new PartBook(), someCall()];
  const part = somePart(call, "s1");
  book.add(part);
  book.adopt(part, "old");
  book.changeEnd(part, "e2");
  assert.deepEqual([part.liveStreamId, part.endId], ["old", "e2"]);
  assert.deepEqual([book.ofStream("s1"), book.ofStream("old")], [part, part]);
  assert.equal(book.ofEnd("e2"), part);
});

test("a part follows its end into another call", () => {
  const [book, from, to] = [new PartBook(), someCall(), someCall()];
  const part = somePart(from, "s1");
  book.add(part);
  book.begin(part);
  book.move(part, to);
  assert.equal(book.currentOf(from), null);
  assert.equal(book.currentOf(to), part);
});

test(`${PARTS_KEPT} parts are kept; the oldest that has ended gives way, whatever goes on stays`, () => {
  const [book, call] = [new PartBook(), someCall()];
  const [going, ended] = [somePart(call, "going", "e-going"), somePart(call, "ended", "e-ended")];
  ended.endedMs = 1;
  book.add(going);
  book.add(ended);
  for (let count = 2; count < PARTS_KEPT; count += 1) book.add(somePart(call, `s${count}`));
  assert.equal(book.ofStream("ended"), ended);
  book.add(somePart(call, "one too many"));
  assert.equal(book.ofStream("ended"), null);
  assert.equal(book.ofEnd("e-ended"), null);
  assert.equal(book.ofStream("going"), going);
  book.add(somePart(call, "two too many"));
  assert.equal(book.ofStream("going"), null, "with nothing else to forget");
});
