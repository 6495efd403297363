// Counters of nft for RTP by its mark: the rules as written, its listing as read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dscpTable, readDscpCounts } from "../../src/responder/dscp-counts.ts";

test("each mark of 6 bits has a counter of its own, for both families, and nothing is dropped", () => {
  const rules = dscpTable("t", 5004).split("\n");
  assert.deepEqual(rules.slice(0, 2), [
    "add table inet t",
    "add chain inet t arrivals { type filter hook input priority -300 ; }",
  ]);
  assert.equal(rules.length, 2 + 2 * 64);
  assert.ok(
    rules.includes('add rule inet t arrivals udp dport 5004 ip6 dscp 46 counter comment "46"'),
  );
  assert.ok(rules.every((rule) => !/drop|reject|accept/.test(rule)));
});

test("the counters of a listing are told by mark, both families together; none that is nought", () => {
  const rule = (comment: string, packets: number) => ({
    rule: { comment, expr: [{ match: {} }, { counter: { packets, bytes: 200 * packets } }] },
  });
  const nftables = [
    { metainfo: { version: "1" } },
    { table: { name: "t" } },
    ...[rule("46", 7), rule("46", 3), rule("0", 2), rule("8", 0)],
    { rule: { expr: [] } },
  ];
  assert.deepEqual(readDscpCounts(JSON.stringify({ nftables })), { "46": 10, "0": 2 });
});

test("what is no listing is no count", () => {
  for (const text of ["", "{", "{}", '{"nftables":7}']) assert.equal(readDscpCounts(text), null);
});
