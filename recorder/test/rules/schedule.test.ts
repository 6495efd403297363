// Times of day and days of the week in a named zone, over the changes of summer time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithinTimes } from "../../src/rules/schedule.ts";
import { WEEKDAYS, type TimeSpan } from "../../src/rules/rule-schema.ts";

function span(from: string, to: string, days: TimeSpan["days"] = [...WEEKDAYS]): TimeSpan {
  return { days, from, to };
}

const OFFICE = [span("08:00", "18:00", ["mon", "tue", "wed", "thu", "fri"])];
const NIGHT = [span("22:00", "06:00", ["sat"])];

const CASES: readonly (readonly [string, readonly TimeSpan[], string, string, boolean])[] = [
  ["no times: always", [], "UTC", "2026-01-05T03:00:00Z", true],
  ["in winter Berlin is one hour ahead", OFFICE, "Europe/Berlin", "2026-01-05T07:00:00Z", true],
  ["a minute before", OFFICE, "Europe/Berlin", "2026-01-05T06:59:59.999Z", false],
  ["in summer two hours", OFFICE, "Europe/Berlin", "2026-07-06T06:00:00Z", true],
  ["and the end comes earlier as well", OFFICE, "Europe/Berlin", "2026-07-06T16:00:00Z", false],
  ["a Sunday", OFFICE, "Europe/Berlin", "2026-01-04T10:00:00Z", false],
  ["Monday there, Sunday here", OFFICE, "Pacific/Auckland", "2026-01-04T20:00:00Z", true],
  ["half an hour's zone", [span("05:30", "05:31")], "Asia/Kolkata", "2026-01-05T00:00:00Z", true],
  ["over midnight: the first day", NIGHT, "UTC", "2026-01-03T22:00:00Z", true],
  ["over midnight: the day after", NIGHT, "UTC", "2026-01-04T05:59:00Z", true],
  ["over midnight: its end", NIGHT, "UTC", "2026-01-04T06:00:00Z", false],
  ["over midnight: not the morning before", NIGHT, "UTC", "2026-01-03T05:00:00Z", false],
  [
    "over midnight: from Sunday to Monday",
    [span("23:00", "01:00", ["sun"])],
    "UTC",
    "2026-01-05T00:30:00Z",
    true,
  ],
  ["to the end of the day", [span("12:00", "24:00")], "UTC", "2026-01-05T23:59:59.999Z", true],
  [
    "the hour that is skipped in spring",
    [span("02:00", "03:00")],
    "Europe/Berlin",
    "2026-03-29T01:00:00Z",
    false,
  ],
  [
    "the hour that comes twice: once",
    [span("02:00", "03:00")],
    "Europe/Berlin",
    "2026-10-25T00:30:00Z",
    true,
  ],
  [
    "the hour that comes twice: and again",
    [span("02:00", "03:00")],
    "Europe/Berlin",
    "2026-10-25T01:30:00Z",
    true,
  ],
];

for (const [name, times, zone, at, expected] of CASES) {
  test(`times: ${name}`, () => {
    assert.equal(isWithinTimes(times, zone, Date.parse(at)), expected);
  });
}
