// The site file: defaults, the built-in site, and every problem at once with path and remedy.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { BUILT_IN_SITE_YAML, loadSite } from "../../src/pbx/built-in-site.ts";
import { checkSite, MAXIMUM_SITE_CHARACTERS, parseSite } from "../../src/pbx/site-schema.ts";
import { addressNumber, endIdentifier, nodeOfAddress } from "../../src/pbx/site.ts";

function problemsOf(yaml: string): Map<string, string> {
  const loaded = parseSite(yaml);
  assert.ok(!loaded.ok);
  assert.ok(loaded.problems.every(({ problem, remedy }) => problem !== "" && remedy !== ""));
  return new Map(loaded.problems.map(({ path, problem }) => [path, problem]));
}

test("the built-in site: ten users, ISDN and SIP trunks of 30 channels and more, group 300, VCM 64", () => {
  const loaded = parseSite(BUILT_IN_SITE_YAML);
  assert.ok(loaded.ok);
  const { site } = loaded;
  assert.deepEqual(
    site.users.map(({ extension }) => extension),
    Array.from({ length: 10 }, (_, index) => String(2001 + index)),
  );
  assert.equal(site.users[0]?.fullName, "Alice Archer");
  assert.deepEqual(
    site.trunks.map(({ kind, channels }) => [kind, channels >= 30]),
    [
      ["isdn", true],
      ["sip", true],
    ],
  );
  assert.deepEqual(site.groups[0]?.members, ["2001", "2002", "2003"]);
  assert.equal(site.vcm.channels, 64);
  assert.equal(site.node, "c0a80a01");
  assert.match(site.version, /build 23$/);
  assert.deepEqual(loadSite(), site);
});

test("one user is enough: everything else has a default", () => {
  const loaded = parseSite('users: [{ extension: "201" }]');
  assert.ok(loaded.ok);
  const { site } = loaded;
  assert.equal(site.users[0]?.name, "Extn201");
  assert.equal(site.users[0].fullName, "Extn201");
  assert.deepEqual(site.devlink3, {
    user: "recorder",
    password: "Passw0rd!",
    challenge: "sha1",
    tls: true,
    maximumConnections: 3,
    recordingExtension: true,
    licences: 2,
    lockAfterFailures: 5,
    lockSeconds: 600,
    unavailableFlags: [],
    firstCounter: 1,
  });
  assert.equal(site.record, "requested");
  assert.equal(site.giveUpSeconds, 4);
});

test("all problems are told together, of all sections, with path and remedy", () => {
  const problems = problemsOf(`
users:
  - { extension: "2001", kind: cordless }
  - { extension: 2002 }
  - { extension: "2001", nickname: Al }
trunks:
  - { name: A, kind: sip, line: 1, channels: 0 }
vcm: { channels: many }
devlink3: { password: "${"x".repeat(32)}", lisences: 1 }
record: sometimes
hold: music
colour: red
`);
  assert.deepEqual(
    [...problems.keys()].toSorted(),
    [
      "colour",
      "devlink3.lisences",
      "devlink3.password",
      "hold",
      "record",
      "trunks[0].channels",
      "users[0].kind",
      "users[1].extension",
      "users[2].nickname",
      "vcm.channels",
    ].toSorted(),
  );
});

test("cross-checks: numbers twice, unknown members, DDI to nobody, lines twice", () => {
  const problems = problemsOf(`
users: [{ extension: "2001" }, { extension: "2001" }]
groups: [{ number: "2001", members: ["2001", "2009"] }]
trunks:
  - { name: A, kind: sip, line: 1, channels: 1, ddi: { "55": "2008" } }
  - { name: A, kind: isdn, line: 1, channels: 1 }
record: always
`);
  assert.deepEqual(
    [...problems.keys()],
    [
      "users[1].extension",
      "groups[0].number",
      "groups[0].members[1]",
      "trunks[0].ddi.55",
      "trunks[1].name",
      "trunks[1].line",
      "recorder",
    ],
  );
});

test("the recorder's address must be a SIP URI", () => {
  const base = 'users: [{ extension: "1" }]\nrecord: always\nrecorder: ';
  for (const uri of ["sip:rec@10.0.0.5:5070", "sip:rec@host;transport=tcp"]) {
    assert.ok(parseSite(base + uri).ok, uri);
  }
  for (const uri of ["10.0.0.5", "sip:10.0.0.5", "sip:a@b;transport=sctp"]) {
    assert.ok(problemsOf(base + uri).has("recorder"), uri);
  }
});

test("what is not YAML, or not a site at all, is a problem and no exception", () => {
  assert.ok(problemsOf("users: [").has(""));
  assert.ok(problemsOf("just text").has(""));
  assert.ok(problemsOf("").has(""));
  assert.ok(problemsOf("users: *nobody").has(""));
  assert.ok(problemsOf("x".repeat(MAXIMUM_SITE_CHARACTERS + 1)).has(""));
  const bomb = `a: &a [x]\nb: &b [${"*a,".repeat(60)}]\nc: [${"*b,".repeat(60)}]`;
  assert.match(problemsOf(bomb).get("") ?? "", /alias/i);
  fc.assert(
    fc.property(fc.anything(), (input) => assert.equal(typeof checkSite(input).ok, "boolean")),
  );
  fc.assert(fc.property(fc.string(), (text) => assert.equal(typeof parseSite(text).ok, "boolean")));
});

test("changes to the built-in site: sections are merged, lists replaced, nonsense throws", () => {
  const site = loadSite({ vcm: { channels: 2 }, devlink3: { challenge: "plain" } });
  assert.equal(site.vcm.channels, 2);
  assert.equal(site.devlink3.challenge, "plain");
  assert.equal(site.devlink3.maximumConnections, 3);
  assert.equal(loadSite({ trunks: [] }).trunks.length, 0);
  assert.throws(() => loadSite({ users: [{ extension: "1" }] }), /members\[0\]/);
});

test("node and end identifiers are the LAN address and eight hex digits", () => {
  assert.equal(nodeOfAddress("192.168.10.1"), "c0a80a01");
  assert.equal(endIdentifier("c0a80a01", 0x2329), "c0a80a0100002329");
  assert.equal(addressNumber(loadSite().node), 0xc0a80a01);
});
