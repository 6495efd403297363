// Who may call.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isAllowed,
  joinAllowLists,
  parseAllowList,
  type AllowList,
} from "../../src/sip/allow-list.ts";

function list(...entries: string[]): AllowList {
  const result = parseAllowList(entries);
  assert.ok(result.ok);
  return result.value;
}

const TABLE: readonly [entry: string, host: string, allowed: boolean][] = [
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "::ffff:192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["192.0.2.0/24", "192.0.2.255", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["0.0.0.0/0", "203.0.113.7", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", true],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["::/0", "192.0.2.1", true],
  ["fe80::1", "fe80::1%eth0", true],
  ["192.0.2.1", "pbx.example.com", false],
  ["192.0.2.1", "", false],
];

for (const [entry, host, allowed] of TABLE) {
  test(`${entry} ${allowed ? "allows" : "does not allow"} "${host}"`, () => {
    assert.equal(isAllowed(list(entry), host), allowed);
  });
}

test("names, bad prefixes and nonsense are refused", () => {
  for (const entry of [
    "pbx.example.com",
    "192.0.2.0/33",
    "2001:db8::/129",
    "1.2.3",
    "1.2.3.4/x",
    "1.2.3.4/8/9",
    "",
  ]) {
    assert.equal(parseAllowList([entry]).ok, false, entry);
  }
});

test("joined lists allow what either allows", () => {
  const joined = joinAllowLists(list("192.0.2.1"), list("198.51.100.0/24"));
  assert.ok(isAllowed(joined, "192.0.2.1") && isAllowed(joined, "198.51.100.9"));
});
