// The log filters by name, and how the configuration and people switch them (R18, R19).
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVLINK_FILTER, FilterLevels, filterNamed, LOG_FILTER_NAMES } from "../src/log-filters.ts";

const SIP = "Recording Library > SIP";

test("R18 the filter is named as the guide spells it", () => {
  assert.equal(DEVLINK_FILTER, "Recording Library > Server Edition > DevLink Active Recording");
  assert.ok(LOG_FILTER_NAMES.includes(DEVLINK_FILTER));
});

test("a name is taken whole or by its last part, in any case and spacing", () => {
  assert.equal(filterNamed(DEVLINK_FILTER), DEVLINK_FILTER);
  assert.equal(
    filterNamed("recording library>server edition>devlink active recording"),
    DEVLINK_FILTER,
  );
  assert.equal(filterNamed("  DevLink  Active Recording "), DEVLINK_FILTER);
  assert.equal(filterNamed("sip"), SIP);
  for (const name of ["", "Server Edition", "Recording", "Library > SIP", ">"]) {
    assert.equal(filterNamed(name), null, name);
  }
});

test("the configuration gives each filter its level, what is said of one below counts", () => {
  const filters = { SIP: "error", "Recording Library": "debug" } as const;
  const levels = new FilterLevels({ level: "warn", filters });
  const level = (name: string) => levels.list().find((one) => one.name === name)?.level;
  assert.deepEqual([level(SIP), level(DEVLINK_FILTER)], ["error", "debug"]);
  levels.configure({ level: "info" });
  assert.deepEqual(
    levels.list().map((one) => one.level),
    LOG_FILTER_NAMES.map(() => "info"),
  );
});

test("an unknown filter is refused and nothing changes", () => {
  const levels = new FilterLevels({ level: "info" });
  assert.equal(levels.set("Weather", "debug"), false);
  assert.ok(levels.list().every(({ level }) => level === "info"));
});
