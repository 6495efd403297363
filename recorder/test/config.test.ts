// The configuration: the example's defaults, every refusal and warning with its path, all problems
// at once (R10, R11, R12, R15).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  checkConfig,
  isLoopbackOrWildcard,
  maskSecrets,
  MAXIMUM_CONFIG_CHARACTERS,
  parseConfig,
  type ConfigSource,
  type RecorderConfig,
} from "../src/config.ts";
import { pathText } from "../src/config-problems.ts";
import { checkRules } from "../src/config-rules.ts";

const SOURCE: ConfigSource = {
  environment: { DEVLINK3_PASSWORD: "secret", DIRECTORY: "var", EMPTY: "" },
  baseDirectory: "/etc/tapeline",
};
const EXAMPLE = readFileSync(new URL("../recorder.example.yaml", import.meta.url), "utf8");

type Json = { readonly [key: string]: unknown };

/** The least that is good, with changes. */
function minimal(changes: Json = {}): Json {
  return {
    recorder: { address: "192.0.2.10" },
    devlink3: [link()],
    ...changes,
  };
}

function link(changes: Json = {}): Json {
  return { host: "192.0.2.1", user: "recorder", password: "${DEVLINK3_PASSWORD}", ...changes };
}

function good(value: unknown): { config: RecorderConfig; warnings: string[] } {
  const result = checkConfig(value, SOURCE);
  assert.ok(result.ok, JSON.stringify(result));
  return { config: result.config, warnings: result.warnings.map(({ path }) => path) };
}

/** Problems as "path detail". Each has a remedy. */
function refused(value: unknown): string[] {
  return problems(checkConfig(value, SOURCE));
}

function problems(result: ReturnType<typeof checkConfig>): string[] {
  assert.ok(!result.ok, "it was accepted");
  for (const { remedy } of result.problems) assert.match(remedy, /^[A-Zr].+\.$/s);
  return result.problems.map(({ path, detail }) => `${path} ${detail}`);
}

const DEFAULTS = {
  recorder: {
    name: "recorder-1",
    type: "DevLink Active Recording",
    address: "192.0.2.10",
    bind: "auto",
    recordFromBeginning: true,
    agents: "all",
  },
  sip: {
    port: 5060,
    transports: ["udp", "tcp"],
    allow: [],
    maximumCalls: 2_000,
    maximumConnections: 1_000,
  },
  rtp: { port: 5004, receiveBufferBytes: 4_194_304 },
  devlink3: [
    {
      host: "192.0.2.1",
      api: "DevLink3",
      port: 50_797,
      tls: false,
      user: "recorder",
      password: "secret",
      scn: false,
    },
  ],
  live: {
    directory: "/etc/tapeline/data/live",
    keepHours: 24,
    watermark: 1_073_741_824,
    alarmHours: 4,
  },
  pools: [
    {
      name: "main",
      drives: [{ path: "/etc/tapeline/data/pool", maxBytes: 107_374_182_400, watermark: 0 }],
      deleteAfterDays: 0,
      keepAtLeastDays: 0,
      alarmHours: 24,
    },
  ],
  encoder: { format: "spx", command: "auto", quality: 8 },
  rules: [],
  pause: { fill: "tone", guardMs: 200, allow: "all", autoResumeMs: 0 },
  http: {
    host: "127.0.0.1",
    port: 8080,
    requestsPerMinute: 1_200,
    maximumListeners: 500,
    maximumListenersPerStream: 20,
    webrtc: { engine: "auto" },
  },
  capacity: { vcmChannels: 0, warnAtPercent: 80 },
  state: { directory: "/etc/tapeline/data/state" },
  catalog: { file: "/etc/tapeline/data/catalog.sqlite" },
  log: { directory: "/etc/tapeline/data/log", level: "info", filters: {} },
  webhooks: [],
  simulation: { allowLoopback: false },
};

test("the example configuration parses and shows the defaults", () => {
  const result = parseConfig(EXAMPLE, SOURCE);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.config, DEFAULTS);
  assert.deepEqual(result.warnings, []);
});

test("what the example leaves out means the same as what it shows", () => {
  assert.deepEqual(good(minimal()).config, DEFAULTS);
});

test("R16 capacity: channels, the line as people write it, the share; or a problem with remedy", () => {
  const { capacity } = good(minimal({ capacity: { vcmChannels: 64, uplink: "20M" } })).config;
  assert.deepEqual(capacity, { vcmChannels: 64, uplink: 20_000_000, warnAtPercent: 80 });
  for (const wrong of [{ vcmChannels: 149 }, { uplink: "fast" }, { warnAtPercent: 0 }]) {
    const result = checkConfig({ ...minimal(), capacity: wrong }, SOURCE);
    const [key] = Object.keys(wrong);
    assert.ok(!result.ok && result.problems.some(({ path }) => path === `capacity.${key}`), key);
  }
});

test("the configuration is frozen at every level", () => {
  const { config } = good(minimal());
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    assert.ok(Object.isFrozen(value), JSON.stringify(value));
    for (const item of Object.values(value)) visit(item);
  };
  visit(config);
});

const REFUSALS: readonly [name: string, changes: Json, expected: readonly string[]][] = [
  [
    "R11 another type",
    { recorder: { address: "192.0.2.10", type: "SIPREC" } },
    ["recorder.type is not a known type"],
  ],
  [
    "R10 another API",
    { devlink3: [link({ api: "TAPI" })] },
    ["devlink3[0].api is not a known API"],
  ],
  [
    "R12 localhost",
    { recorder: { address: "localhost" } },
    ["recorder.address is not an IP address"],
  ],
  [
    "R12 a loopback address",
    { recorder: { address: "127.1.2.3" } },
    ["recorder.address 127.1.2.3 is a loopback or wildcard address; the IP Office cannot call it"],
  ],
  [
    "R12 a wildcard address",
    { recorder: { address: "::" } },
    ["recorder.address :: is a loopback or wildcard address; the IP Office cannot call it"],
  ],
  ["no address", { recorder: {} }, ["recorder.address is missing"]],
  ["no recorder section", { recorder: undefined }, ["recorder is missing"]],
  [
    "a name for bind",
    { recorder: { address: "192.0.2.10", bind: "eth0" } },
    ["recorder.bind is not an IP address"],
  ],
  [
    "a number for bind",
    { recorder: { address: "192.0.2.10", bind: 5 } },
    ["recorder.bind is neither auto nor an IP address"],
  ],
  [
    "one agent",
    { recorder: { address: "192.0.2.10", agents: "201" } },
    ["recorder.agents is neither all nor a list"],
  ],
  [
    "a strange agent",
    { recorder: { address: "192.0.2.10", agents: [201, null] } },
    ["recorder.agents[1] is no agent"],
  ],
  ["an empty name", { recorder: { address: "192.0.2.10", name: "" } }, ["recorder.name is empty"]],
  [
    "text for true",
    { recorder: { address: "192.0.2.10", recordFromBeginning: "yes" } },
    ["recorder.recordFromBeginning is a text"],
  ],
  ["R15 port 0", { sip: { port: 0 } }, ["sip.port is not a port"]],
  ["R15 port 65536", { rtp: { port: 65_536 } }, ["rtp.port is not a port"]],
  ["half a port", { sip: { port: 5060.5 } }, ["sip.port is not a port"]],
  ["no transport", { sip: { transports: [] } }, ["sip.transports is empty"]],
  [
    "an unknown transport",
    { sip: { transports: ["udp", "sctp"] } },
    ["sip.transports[1] is not a known value"],
  ],
  [
    "a transport twice",
    { sip: { transports: ["udp", "udp"] } },
    ["sip.transports names a transport twice"],
  ],
  [
    "tls without files",
    { sip: { transports: ["tls"] } },
    ["sip.tls is missing though sip.transports names tls"],
  ],
  [
    "tls without key",
    { sip: { transports: ["tls"], tls: { cert: "a.pem" } } },
    ["sip.tls.key is missing"],
  ],
  [
    "a name in allow",
    { sip: { allow: ["pbx.example"] } },
    ["sip.allow[0] is neither an address nor a CIDR block"],
  ],
  [
    "a block too narrow",
    { sip: { allow: ["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/8/8", "192.0.2.0/x"] } },
    [0, 1, 2, 3].map((n) => `sip.allow[${n}] is neither an address nor a CIDR block`),
  ],
  ["no call at all", { sip: { maximumCalls: 0 } }, ["sip.maximumCalls is too small"]],
  ["too many calls", { sip: { maximumCalls: 10_001 } }, ["sip.maximumCalls is too big"]],
  [
    "nobody may call",
    { devlink3: [] },
    ["sip.allow is empty, and no IP Office is configured: nobody could call the recorder"],
  ],
  [
    "port and range",
    { rtp: { port: 5004, range: [20_000, 20_009] } },
    ["rtp has both port and range"],
  ],
  ["a range backwards", { rtp: { range: [20_010, 20_000] } }, ["rtp.range ends before it begins"]],
  ["an odd range", { rtp: { range: [20_001, 20_010] } }, ["rtp.range begins at an odd port"]],
  [
    "a range around SIP",
    { rtp: { range: [5_000, 6_000] } },
    ["rtp.range includes the SIP Message Port"],
  ],
  ["a range of one", { rtp: { range: [20_000] } }, ["rtp.range is not a pair of ports"]],
  ["a range of words", { rtp: { range: ["a", 20_000] } }, ["rtp.range[0] is not a port"]],
  ["one port for both", { rtp: { port: 5060 } }, ["rtp.port is the SIP Message Port too"]],
  ["the default port for both", { sip: { port: 5004 } }, ["rtp.port is the SIP Message Port too"]],
  ["no buffer", { rtp: { receiveBufferBytes: 0 } }, ['rtp.receiveBufferBytes "0" is not a size']],
  ["no host", { devlink3: [link({ host: undefined })] }, ["devlink3[0].host is missing"]],
  [
    "a number as password",
    { devlink3: [link({ password: 1234 })] },
    ["devlink3[0].password is a whole number"],
  ],
  ["no list of IP Offices", { devlink3: link() }, ["devlink3 is a set of keys"]],
  [
    "cert without key",
    { devlink3: [link({ tls: { cert: "a.pem" } })] },
    ["devlink3[0].tls has only one of cert and key"],
  ],
  [
    "a word for TLS",
    { devlink3: [link({ tls: "on" })] },
    ["devlink3[0].tls is neither true, false nor a set of files"],
  ],
  [
    "a short pin",
    { devlink3: [link({ tls: { pinSha256: "ab" } })] },
    ["devlink3[0].tls.pinSha256 is not a SHA-256"],
  ],
  ["pools without pool", { pools: [] }, ["pools has no pool"]],
  [
    "a pool without drive",
    { pools: [{ name: "main", drives: [] }] },
    ["pools[0].drives has no drive"],
  ],
  ["a pool without drives", { pools: [{ name: "main" }] }, ["pools[0].drives is missing"]],
  [
    "a drive twice",
    {
      pools: [
        { name: "a", drives: [{ path: "p" }] },
        { name: "b", drives: [{ path: "p" }] },
      ],
    },
    ["pools use the drive p twice"],
  ],
  [
    "a pool name twice",
    {
      pools: [
        { name: "a", drives: [{ path: "p" }] },
        { name: "a", drives: [{ path: "q" }] },
      ],
    },
    ["pools have a name twice"],
  ],
  [
    "kept longer than it lives",
    { pools: [{ name: "a", drives: [{ path: "p" }], deleteAfterDays: 5, keepAtLeastDays: 6 }] },
    ["pools[0].keepAtLeastDays is longer than deleteAfterDays"],
  ],
  ["negative hours", { live: { keepHours: -1 } }, ["live.keepHours is too small"]],
  ["another format", { encoder: { format: "mp3" } }, ["encoder.format is not a known value"]],
  ["too good a quality", { encoder: { quality: 11 } }, ["encoder.quality is too big"]],
  ["half a quality", { encoder: { quality: 7.5 } }, ["encoder.quality is not a whole number"]],
  [
    "a rule of no kind",
    { rules: [{ title: "all" }] },
    ["rules[0].kind is not a kind of rule", "rules[0].match is missing"],
  ],
  [
    "a rule with a key of another kind",
    { rules: [{ title: "all", kind: "agent", match: { groups: ["300"] } }] },
    ["rules[0].match.agents is not a list", "rules[0].match.groups is not a known key"],
  ],
  [
    "a rule for times that do not exist",
    {
      rules: [
        {
          title: "late",
          kind: "group",
          match: { groups: [300] },
          times: [
            { days: ["sunday"], from: "25:00", to: "9:00" },
            { from: "08:00", to: "08:00" },
            { days: [], from: 830 },
          ],
          timezone: "Europe/Bearlin",
        },
      ],
    },
    [
      "rules[0].times[0].days[0] is not a day of the week",
      "rules[0].times[0].from is not a time",
      "rules[0].times[0].to is not a time",
      "rules[0].times[1] begins when it ends",
      "rules[0].times[2].days is empty",
      "rules[0].times[2].from is not a time",
      "rules[0].timezone is not a time zone",
    ],
  ],
  [
    "criteria that say nothing",
    {
      rules: [
        { title: "a", kind: "advanced-event", match: {} },
        { title: "b", kind: "call-event", match: { event: "talking" } },
      ],
    },
    ["rules[0].match says nothing", "rules[1].match names neither agents nor groups"],
  ],
  [
    "a title twice",
    {
      rules: [
        { title: "a", kind: "agent", match: { agents: [201] } },
        { title: "a", kind: "agent", match: { agents: [202] } },
      ],
    },
    ['rules[1].title "a" is the title of another rule'],
  ],
  ["another fill", { pause: { fill: "music" } }, ["pause.fill is not a known value"]],
  ["an hour of guard", { pause: { guardMs: 3_600_000 } }, ["pause.guardMs is too big"]],
  ["a negative HTTP port", { http: { port: -1 } }, ["http.port is too small"]],
  ["no listener", { http: { maximumListeners: 0 } }, ["http.maximumListeners is too small"]],
  ["a level of one's own", { log: { level: "chatty" } }, ["log.level is not a known value"]],
  ["a list as section", { state: [] }, ["state is a list"]],
  ["an empty section", { state: null }, ["state is empty"]],
  [
    "text for allowLoopback",
    { simulation: { allowLoopback: "true" } },
    ["simulation.allowLoopback is a text"],
  ],
];

for (const [name, changes, expected] of REFUSALS) {
  test(`refused with path: ${name}`, () => {
    assert.deepEqual(refused(minimal(changes)), expected);
  });
}

for (const value of ["text", 5, [], true]) {
  test(`a configuration that is ${JSON.stringify(value)} is refused`, () => {
    assert.equal(refused(value)[0]?.startsWith("(top level) is "), true);
  });
}

test("nothing at all lacks what has no default", () => {
  assert.deepEqual(problems(parseConfig("", SOURCE)), [
    "(file) is empty",
    "recorder is missing",
    "sip.allow is empty, and no IP Office is configured: nobody could call the recorder",
  ]);
});

const SECTIONS: readonly (readonly [path: string, value: Json])[] = [
  ["odd", minimal({ odd: 1 })],
  ["recorder.odd", minimal({ recorder: { address: "192.0.2.10", odd: 1 } })],
  ["sip.odd", minimal({ sip: { odd: 1 } })],
  ["sip.tls.odd", minimal({ sip: { transports: ["tls"], tls: { cert: "c", key: "k", odd: 1 } } })],
  ["rtp.odd", minimal({ rtp: { odd: 1 } })],
  ["devlink3[0].odd", minimal({ devlink3: [link({ odd: 1 })] })],
  ["devlink3[0].tls.odd", minimal({ devlink3: [link({ tls: { odd: 1 } })] })],
  ["live.odd", minimal({ live: { odd: 1 } })],
  ["pools[0].odd", minimal({ pools: [{ name: "a", drives: [{ path: "p" }], odd: 1 }] })],
  ["pools[0].drives[0].odd", minimal({ pools: [{ name: "a", drives: [{ path: "p", odd: 1 }] }] })],
  ["encoder.odd", minimal({ encoder: { odd: 1 } })],
  ["pause.odd", minimal({ pause: { odd: 1 } })],
  ["http.odd", minimal({ http: { odd: 1 } })],
  ["state.odd", minimal({ state: { odd: 1 } })],
  ["catalog.odd", minimal({ catalog: { odd: 1 } })],
  ["log.odd", minimal({ log: { odd: 1 } })],
  ["simulation.odd", minimal({ simulation: { odd: 1 } })],
];

for (const [path, value] of SECTIONS) {
  test(`an unknown key is refused: ${path}`, () => {
    assert.deepEqual(refused(value), [`${path} is not a known key`]);
  });
}

test("a key that would change prototypes is just unknown", () => {
  const result = parseConfig(`${EXAMPLE}\n__proto__: { polluted: true }\n`, SOURCE);
  assert.deepEqual(problems(result), ["__proto__ is not a known key"]);
  assert.equal("polluted" in {}, false);
});

test("every problem is told at once, also those across keys", () => {
  const value = {
    extra: 1,
    recorder: { address: "127.0.0.1", name: 5, agents: "none" },
    sip: { port: "5060", transports: ["tls"] },
    rtp: { port: 5004, range: [20_001, 20_000] },
    devlink3: [link({ user: undefined, tls: { cert: "c" } }), link({ tls: { odd: 1, key: "k" } })],
    pools: [{ drives: [{ path: "p" }, { path: "p" }] }],
    rules: [{}],
    pause: { guardMs: 9_999 },
  };
  assert.deepEqual(
    refused(value).sort(),
    [
      "devlink3[0].tls has only one of cert and key",
      "devlink3[0].user is missing",
      "devlink3[1].tls.odd is not a known key",
      "devlink3[1].tls has only one of cert and key",
      "extra is not a known key",
      "pause.guardMs is too big",
      "pools[0].name is missing",
      "pools use the drive p twice",
      "recorder.address 127.0.0.1 is a loopback or wildcard address; the IP Office cannot call it",
      "recorder.agents is neither all nor a list",
      "recorder.name is a whole number",
      "rtp has both port and range",
      "rtp.range begins at an odd port",
      "rtp.range ends before it begins",
      "rules[0].kind is not a kind of rule",
      "rules[0].match is missing",
      "rules[0].title is not a text",
      "sip.port is not a port",
      "sip.tls is missing though sip.transports names tls",
    ].sort(),
  );
});

test("what was refused is no cause of further problems", () => {
  // Without the port 5004 that was meant, the default would clash with the SIP Message Port.
  assert.deepEqual(refused(minimal({ sip: { port: 5004 }, rtp: { port: "6000" } })), [
    "rtp.port is not a port",
  ]);
  assert.deepEqual(refused(minimal({ devlink3: "none" })), ["devlink3 is a text"]);
});

const WARNINGS: readonly [name: string, changes: Json, path: string][] = [
  [
    "bind differs from address",
    { recorder: { address: "192.0.2.10", bind: "10.0.0.2" } },
    "recorder.bind",
  ],
  ["an odd RTP port", { rtp: { port: 5005 } }, "rtp.port"],
  ["files for TLS that nobody uses", { sip: { tls: { cert: "c", key: "k" } } }, "sip.tls"],
  [
    "R14 nothing is recorded",
    { recorder: { address: "192.0.2.10", recordFromBeginning: false } },
    "rules",
  ],
  [
    "R13 no rule keeps anything",
    { rules: [{ title: "a", kind: "agent", record: false, match: { agents: [201] } }] },
    "rules",
  ],
  ["a plain password", { devlink3: [link(), link({ password: "plain" })] }, "devlink3[1].password"],
];

for (const [name, changes, path] of WARNINGS) {
  test(`a warning, not a refusal: ${name}`, () => {
    assert.deepEqual(good(minimal(changes)).warnings, [path]);
  });
}

test("bind may say the address itself", () => {
  const recorder = { address: "192.0.2.10", bind: "192.0.2.10" };
  assert.deepEqual(good(minimal({ recorder })).warnings, []);
});

test("variables are taken from the environment, anywhere in a text", () => {
  const { config, warnings } = good(
    minimal({
      live: { directory: "/${DIRECTORY}/${DIRECTORY}/live" },
      devlink3: [link({ password: "a${EMPTY}$b{c}${DEVLINK3_PASSWORD}" })],
    }),
  );
  assert.equal(config.live.directory, "/var/var/live");
  assert.equal(config.devlink3[0]?.password, "a$b{c}secret");
  assert.deepEqual(warnings, []);
});

test("variables that are not set are named, and are the only problem of their key", () => {
  const value = minimal({
    live: { directory: "${NOWHERE}/${ALSO_NOT}" },
    sip: { port: "${SIP_PORT}" },
    devlink3: [link(), link({ password: "${MISSING}" })],
  });
  assert.deepEqual(refused(value), [
    "devlink3[1].password names the environment variable MISSING, which is not set",
    "live.directory names the environment variable NOWHERE, which is not set",
    "live.directory names the environment variable ALSO_NOT, which is not set",
    "sip.port names the environment variable SIP_PORT, which is not set",
  ]);
});

const SIZES: readonly [unknown, number | null][] = [
  [1_000, 1_000],
  ["1000", 1_000],
  ["12 B", 12],
  ["1 kB", 1_000],
  ["1 KiB", 1_024],
  ["500 MB", 500e6],
  ["1.5 MiB", 1_572_864],
  ["2GB", 2e9],
  [" 100 GiB ", 107_374_182_400],
  ["3 TB", 3e12],
  ["4 TiB", 4 * 2 ** 40],
  ["100 gib", null],
  ["lots", null],
  ["-1", null],
  ["0 GiB", null],
  ["0.1 B", null],
  ["9000000 TiB", null],
  [-5, null],
  [1.5, 2],
  [Number.POSITIVE_INFINITY, null],
  [true, null],
];

for (const [text, bytes] of SIZES) {
  test(`the size ${String(text)} is ${bytes === null ? "refused" : `${bytes} bytes`}`, () => {
    const value = minimal({ pools: [{ name: "a", drives: [{ path: "p", maxBytes: text }] }] });
    if (bytes !== null) {
      assert.equal(good(value).config.pools[0]?.drives[0]?.maxBytes, bytes);
    } else {
      assert.match(refused(value).join(), /^pools\[0\]\.drives\[0\]\.maxBytes .*is not a size$/);
    }
  });
}

test("R10 the port follows from DevLink3 Use TLS; a given one stays", () => {
  const { config } = good(
    minimal({
      devlink3: [
        link(),
        link({ tls: true }),
        link({
          tls: { ca: "ca.pem", cert: "/c.pem", key: "k.pem", pinSha256: "AB:".repeat(31) + "CD" },
        }),
        link({ tls: true, port: 4_000 }),
      ],
    }),
  );
  assert.deepEqual(
    config.devlink3.map(({ port }) => port),
    [50_797, 50_796, 50_796, 4_000],
  );
  assert.deepEqual(config.devlink3[2]?.tls, {
    ca: "/etc/tapeline/ca.pem",
    cert: "/c.pem",
    key: "/etc/tapeline/k.pem",
    pinSha256: "ab".repeat(31) + "cd",
  });
});

test("paths are relative to the configuration file; a command without slash is a name", () => {
  const { config } = good(
    minimal({
      sip: { transports: ["tls"], tls: { cert: "c.pem", key: "/k.pem", ca: "ca.pem" } },
      encoder: { command: "bin/speexenc" },
      catalog: { file: "../c.sqlite" },
    }),
  );
  assert.deepEqual(config.sip.tls, {
    cert: "/etc/tapeline/c.pem",
    key: "/k.pem",
    ca: "/etc/tapeline/ca.pem",
    requireClientCertificate: false,
  });
  assert.equal(config.encoder.command, "/etc/tapeline/bin/speexenc");
  assert.equal(config.catalog.file, "/etc/c.sqlite");
  assert.equal(
    good(minimal({ encoder: { command: "speexenc" } })).config.encoder.command,
    "speexenc",
  );
});

test("a range takes the place of the port", () => {
  const { config } = good(minimal({ rtp: { range: [20_000, 20_009] } }));
  assert.deepEqual(config.rtp, { receiveBufferBytes: 4_194_304, range: [20_000, 20_009] });
});

test("agents may be numbers and names", () => {
  const recorder = { address: "192.0.2.10", agents: [201, "Sales", "Ann Agent"] };
  assert.deepEqual(good(minimal({ recorder })).config.recorder.agents, [
    "201",
    "Sales",
    "Ann Agent",
  ]);
});

test("a loopback address is good where simulation.allowLoopback says so", () => {
  const value = minimal({
    recorder: { address: "127.0.0.1" },
    simulation: { allowLoopback: true },
  });
  assert.equal(good(value).config.recorder.address, "127.0.0.1");
});

for (const [host, expected] of [
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["0.0.0.0", true],
  ["::1", true],
  ["0:0:0:0:0:0:0:1", true],
  ["::", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:7f00:1", true],
  ["localhost", true],
  ["LOCALHOST", true],
  ["192.0.2.10", false],
  ["2001:db8::1", false],
  ["128.0.0.1", false],
  ["recorder.example", false],
] as const) {
  test(`R12 ${host} ${expected ? "cannot" : "can"} be called from outside`, () => {
    assert.equal(isLoopbackOrWildcard(host), expected);
  });
}

test("secrets are masked, the rest is shown", () => {
  const { config } = good(minimal());
  const masked = JSON.stringify(maskSecrets(config));
  assert.ok(!masked.includes("secret"));
  assert.ok(masked.includes('"password":"***"') && masked.includes("192.0.2.1"));
});

const YAML: readonly [name: string, text: string, expected: RegExp][] = [
  ["a flow that does not end", "recorder: [\nsip: 1", /^line 2 /],
  ["a key twice", "sip: {}\nsip: {}", /^line 2 Map keys must be unique/],
  ["two documents", "a: 1\n---\nb: 2", /^line 2 Source contains multiple documents/],
  ["an alias to nothing", "recorder: *none", /^\(file\) Unresolved alias/],
  [
    "aliases of aliases",
    [
      "a: &a [1,1,1,1,1,1,1,1,1]",
      "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]",
      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]",
      "d: [*c,*c,*c,*c]",
    ].join("\n"),
    /^\(file\) Excessive alias count/,
  ],
  ["a list within itself", "rules: &a [*a]", /^rules\[0\](\[0\])+ is nested too deeply/],
  [
    "too long a file",
    `# ${"x".repeat(MAXIMUM_CONFIG_CHARACTERS)}`,
    /^\(file\) has more than 1000000/,
  ],
];

for (const [name, text, expected] of YAML) {
  test(`bad YAML is a value, not an exception: ${name}`, () => {
    assert.match(problems(parseConfig(text, SOURCE))[0] ?? "", expected);
  });
}

test("a path reads as in the file", () => {
  assert.equal(pathText(["devlink3", 0, "tls", "pinSha256"]), "devlink3[0].tls.pinSha256");
  assert.equal(pathText([0]), "[0]");
});

test("a rule whose kind is none is told its other problems too", () => {
  const rules = [
    { title: "", kind: "agents", match: { agents: ["201"] }, share: 101, colour: "blue" },
    { title: "good", kind: "agent", match: { agents: ["201"] } },
  ];
  const paths = ["rules[0].kind", "rules[0].title", "rules[0].share", "rules[0].colour"];
  const result = checkConfig(minimal({ rules }), SOURCE);
  assert.ok(!result.ok);
  assert.deepEqual(
    result.problems.map(({ path }) => path),
    paths,
  );
  const saved = checkRules(rules);
  assert.ok(!saved.ok);
  assert.deepEqual(
    saved.problems.map(({ path }) => path),
    paths,
  );
});

test("hosts: what looks like an address is one, else it is a name", () => {
  const told = "is neither an IP address nor a host name";
  for (const host of ["300.1.1.1", "192.168.1", "a b", "[::1]", "host:80", "-x"]) {
    assert.deepEqual(refused(minimal({ http: { host } })), [`http.host ${told}`]);
    assert.deepEqual(refused(minimal({ devlink3: [link({ host })] })), [
      `devlink3[0].host ${told}`,
    ]);
  }
  for (const host of ["0.0.0.0", "::", "localhost", "pbx-1.example.com", "3com.example"]) {
    good(minimal({ http: { host }, devlink3: [link({ host })] }));
  }
});

test("YAML that breaks off: its lines, and what is wrong in what could be read", () => {
  const text = "recorder:\n  address: 192.0.2.10\nsip:\n  port: 70000\nsip:\n  port: 1\nrtp: [\n";
  const told = problems(parseConfig(text, SOURCE));
  assert.equal(told.filter((line) => line.startsWith("line ")).length, 2, told.join("\n"));
  assert.ok(
    told.every((line) => !line.endsWith("is missing")),
    told.join("\n"),
  );
  assert.ok(
    told.some((line) => line.startsWith("rtp is a list")),
    told.join("\n"),
  );
});

test("a refused configuration: what could be read, and of what nothing is known", () => {
  const result = checkConfig(minimal({ sip: { port: 0 }, live: { directory: "x" } }), SOURCE);
  assert.ok(!result.ok && result.readable !== undefined);
  const { config, isKnown } = result.readable;
  assert.deepEqual([config.live.directory, isKnown("live.directory")], ["/etc/tapeline/x", true]);
  assert.deepEqual([config.sip.port, isKnown("sip.port")], [5060, false]);
  const unset = checkConfig(minimal({ live: { directory: "${NOT_SET}" } }), SOURCE);
  assert.ok(!unset.ok);
  assert.equal(unset.readable?.isKnown("live.directory"), false);
});
