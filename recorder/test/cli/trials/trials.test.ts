// What check-config says of the machine's facts: the judgements, without the machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, type RecorderConfig } from "../../../src/config.ts";
import { CLOCK_WITNESSES, tryClock } from "../../../src/cli/trials/clock-sync.ts";
import { hoursOfRecording } from "../../../src/cli/trials/directories.ts";
import { fileSystemOf, objectionTo } from "../../../src/cli/trials/file-systems.ts";
import {
  descriptorsNeeded,
  hardLimitOf,
  judgeDescriptors,
} from "../../../src/cli/trials/file-descriptors.ts";
import { judgeSocketBuffer } from "../../../src/cli/trials/network.ts";

function config(changes: Readonly<Record<string, unknown>> = {}): RecorderConfig {
  const value = { recorder: { address: "192.0.2.10" }, sip: { allow: ["192.0.2.1"] }, ...changes };
  const result = checkConfig(value, { environment: {}, baseDirectory: "/srv" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

test("file systems in memory, over the network or of a container are warned of, each in its words", () => {
  const cases: [type: number, name: string, words: RegExp | null][] = [
    [0xef53, "ext", null],
    [0x58465342, "xfs", null],
    [0x9123683e, "btrfs", null],
    [0x01021994, "tmpfs", /^lies on tmpfs, in memory: running calls would be gone/],
    [0x6969, "nfs", /^lies on nfs, a network file system/],
    [0xff534d42, "cifs", /^lies on cifs, a network file system/],
    // statfs gives a signed number on some systems.
    [0xff534d42 | 0, "cifs", /network/],
    [0x794c7630, "overlay", /^lies on overlay, a container's own layer/],
    [0x12345, "0x12345", null],
  ];
  for (const [type, name, words] of cases) {
    const found = fileSystemOf(type);
    assert.equal(found.name, name);
    const objection = objectionTo(found, "running calls");
    if (words === null) assert.equal(objection, null, name);
    else assert.match(objection?.[0] ?? "", words);
  }
});

test("room is told in hours of recording: 8,000 bytes a second of µ-law", () => {
  const found = hoursOfRecording({
    usableBytes: 288_000_000,
    bytesPerSecond: 8_000,
    maximumCalls: 5,
  });
  assert.deepEqual(found, { one: 10, all: 2 });
});

test("file descriptors: what the configured limits need, against the hard limit", () => {
  const shared = descriptorsNeeded(config());
  const range = descriptorsNeeded(config({ rtp: { range: [20_000, 23_999] } }));
  assert.equal(range - shared, 2 * 2_000 - 2, "a port for RTP and one for RTCP a call");
  assert.ok(shared > 2 * 2_000 + 1_000);
  const few = judgeDescriptors(shared, 1_024);
  assert.equal(few.status, "warning");
  assert.match(few.remedy, new RegExp(`LimitNOFILE=${shared}`));
  assert.equal(judgeDescriptors(shared, shared).status, "good");
  assert.equal(judgeDescriptors(shared, null).status, "unknown");
  assert.equal(judgeDescriptors(shared, hardLimitOf("")).status, "unknown");
  const line = (hard: string): string => `Max open files            1024     ${hard}     files\n`;
  assert.equal(hardLimitOf(line("524288")), 524_288);
  assert.equal(judgeDescriptors(shared, hardLimitOf(line("unlimited"))).status, "good");
});

test("a receive buffer that the kernel cuts is a warning with the sysctl command", () => {
  const cut = judgeSocketBuffer({
    wantedBytes: 4_194_304,
    grantedBytes: 212_992,
    rmemMax: "212992",
  });
  assert.equal(cut.status, "warning");
  assert.match(cut.detail, /^RECEIVE_BUFFER_SMALL: the kernel grants 212992 of 4194304 bytes/);
  assert.match(cut.remedy, /`sysctl -w net\.core\.rmem_max=4194304`.*\/etc\/sysctl\.d/);
  const whole = { wantedBytes: 4_194_304, grantedBytes: 4_194_304, rmemMax: null };
  assert.equal(judgeSocketBuffer(whole).status, "good");
});

const ANSWERS: Readonly<Record<string, readonly [yes: string, no: string, neither: string]>> = {
  chronyc: [
    "Reference ID    : C0000201 (ntp)\nLeap status     : Normal\n",
    "Reference ID    : 00000000 ()\nLeap status     : Not synchronised\n",
    "506 Cannot talk to daemon\n",
  ],
  timedatectl: ["yes\n", "no\n", ""],
  ntpq: [
    "associd=0 status=0615 leap_none, sync_ntp, 1 event,\n",
    "associd=0 status=c016 leap_alarm, sync_unspec, 1 event,\n",
    "",
  ],
  adjtimex: ["         mode: 0\n       status: 8193\n", "  status: 64\n", "nothing\n"],
  ntptime: [
    "ntp_adjtime() returns code 0 (OK)\n  status 0x2001 (PLL,NANO),\n",
    "ntp_adjtime() returns code 5 (ERROR)\n  status 0x40 (UNSYNC),\n",
    "",
  ],
};

test("the clock: each program's answer is read; synchronised, not, or unknown and said as such", async () => {
  for (const {
    command: [program],
    read,
  } of CLOCK_WITNESSES) {
    const [yes, no, neither] = ANSWERS[program] ?? ["", "", ""];
    assert.deepEqual([read(yes), read(no), read(neither)], [true, false, null], program);
    const only = (answer: string) => (asked: readonly string[]) =>
      Promise.resolve(asked[0] === program ? answer : null);
    assert.equal((await tryClock(only(yes))).status, "good");
    assert.equal((await tryClock(only(no))).status, "warning");
  }
  const silent = await tryClock(() => Promise.resolve(null));
  assert.equal(silent.status, "unknown");
  assert.match(silent.detail, /unknown: none of chronyc, timedatectl/);
});
