// Reads a site from YAML: one schema with defaults, every problem at once with path and remedy
// (formats.md, "Site"). Sections are checked one by one, so that a mistake in one does not hide
// those of the others; cross-checks then run over the sections that are sound.
import { parseDocument } from "yaml";
import { z } from "zod";
import { SRTP_SUITES } from "../wire/srtp.ts";
import { PHONE_KINDS, TRUNK_KINDS } from "./equipment.ts";
import { PLATFORMS } from "./platforms.ts";
import { nodeOfAddress, type Site } from "./site.ts";

/** Longest site file that is read. */
export const MAXIMUM_SITE_CHARACTERS = 4_000_000;
const MAXIMUM_ALIASES = 100;

export interface SiteProblem {
  /** Where it is: "trunks[0].channels"; "" = the whole document. */
  readonly path: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

export type LoadedSite =
  | { readonly ok: true; readonly site: Site }
  | { readonly ok: false; readonly problems: readonly SiteProblem[] };

const number = z
  .string()
  .regex(/^[0-9*#]{1,15}$/, "must be a telephone number of 1 to 15 digits, in quotes");

const text = z
  .string()
  .min(1, "must not be empty")
  .max(80, "must have at most 80 characters")
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
  .regex(/^[^\u0000-\u001f]*$/, "must not hold control characters");

const user = z.strictObject({
  extension: number,
  name: text.optional(),
  fullName: text.optional(),
  kind: z.enum(PHONE_KINDS).default("digital"),
  appearances: z.int().min(1).max(20).default(3),
  privacy: z.boolean().default(false),
  voicemailRecords: z.boolean().default(false),
  voicemailSeconds: z.int().min(1).max(300).nullable().default(null),
  node: z.ipv4().nullable().default(null),
});

const trunk = z.strictObject({
  name: text,
  kind: z.enum(TRUNK_KINDS),
  line: z.int().min(1).max(999),
  channels: z.int().min(1).max(5000),
  address: z.ipv4().default("10.0.0.9"),
  tag: z
    .string()
    .regex(/^[\w .-]{0,40}$/, "must have at most 40 letters, digits, blanks, dots and hyphens")
    .default(""),
  ddi: z.record(z.string().regex(/^\+?[0-9]{1,20}$/, "must be digits"), number).default({}),
});

const group = z.strictObject({
  number,
  name: text.optional(),
  members: z.array(number).min(1, "must have at least one member").max(500),
  ring: z
    .enum(["collective", "collective-call-waiting", "sequential", "rotary", "longest-waiting"])
    .default("collective"),
  ringSeconds: z.int().min(1).max(300).default(15),
  queue: z
    .strictObject({
      announcementSeconds: z.int().min(1).max(300).nullable().default(null),
      skilled: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  overflow: z
    .strictObject({ seconds: z.int().min(1).max(3600), to: number })
    .nullable()
    .default(null),
  voicemailSeconds: z.int().min(1).max(3600).nullable().default(null),
});

const devlink3 = z.strictObject({
  user: text.default("recorder"),
  password: z.string().max(31, "must have at most 31 characters").default("Passw0rd!"),
  challenge: z.enum(["sha1", "plain", "plain-always"]).default("sha1"),
  tls: z.boolean().default(true),
  maximumConnections: z.int().min(0).max(100).default(3),
  recordingExtension: z.boolean().default(true),
  licences: z.int().min(0).max(100).default(2),
  lockAfterFailures: z.int().min(0).max(100).default(5),
  lockSeconds: z.int().min(1).max(86_400).nullable().default(600),
  unavailableFlags: z
    .array(z.string().regex(/^-\w+$/, "must be like -SCN"))
    .max(10)
    .default([]),
  firstCounter: z.int().min(0).max(0xffffffff).default(1),
});

/** One schema a section, so that all sections report their problems together. */
const SECTIONS = {
  address: z.ipv4().default("192.168.10.1"),
  version: text.default("IP Office 12.1.0.0 build 23"),
  variant: text.default("Standard 1.0"),
  outsidePrefix: z
    .string()
    .regex(/^[0-9]{0,4}$/, "must be up to four digits, in quotes")
    .default("9"),
  transit: z.ipv4().nullable().default(null),
  users: z.array(user).min(1, "must have at least one user").max(5000),
  trunks: z.array(trunk).max(100).default([]),
  groups: z.array(group).max(500).default([]),
  platform: z.enum(["ip500v2", "r260", "r660", "virtual", "select"]).nullable().default(null),
  srtp: z.boolean().default(false),
  srtpSuite: z.enum(SRTP_SUITES).default("AES_CM_128_HMAC_SHA1_80"),
  vcm: z.strictObject({ channels: z.int().min(0).max(100_000).default(64) }).prefault({}),
  devlink3: devlink3.prefault({}),
  record: z.enum(["requested", "always"]).default("requested"),
  recorder: z
    .string()
    .regex(
      /^sip:[A-Za-z0-9._-]{1,64}@[^\s:;<>]+(:\d{1,5})?(;transport=(udp|tcp|tls))?$/,
      "must be like sip:recorder@192.0.2.10:5060",
    )
    .nullable()
    .default(null),
  hold: z.enum(["pause", "keep"]).default("pause"),
  privateCall: z.enum(["stop", "tell"]).default("tell"),
  giveUpSeconds: z.int().min(1).max(99).default(4),
  probeSeconds: z.int().min(1).max(3600).nullable().default(null),
  firstCallId: z.int().min(1).max(0x7fffffff).default(1),
  busyHour: z
    .strictObject({
      calls: z.int().min(1).max(100_000),
      talkSeconds: z.int().min(1).max(7_200).default(180),
    })
    .nullable()
    .default(null),
};

type SectionName = keyof typeof SECTIONS;
type Sections = { [Name in SectionName]: z.output<(typeof SECTIONS)[Name]> };

/** A site as it is written: everything with a default may be left out. */
export type SiteInput = { readonly [Name in SectionName]?: z.input<(typeof SECTIONS)[Name]> };

/** Reads a site from the text of a YAML file. */
export function parseSite(yaml: string): LoadedSite {
  if (yaml.length > MAXIMUM_SITE_CHARACTERS) {
    return refuse(
      "",
      "The file is too long.",
      `Use at most ${MAXIMUM_SITE_CHARACTERS} characters.`,
    );
  }
  const document = parseDocument(yaml, { prettyErrors: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map(({ message }) => ({
        path: "",
        problem: message.split("\n")[0] ?? "This is not YAML.",
        remedy: "Correct the YAML at that place.",
      })),
    };
  }
  try {
    return checkSite(document.toJS({ maxAliasCount: MAXIMUM_ALIASES }));
  } catch (error) {
    // The one way to fail here: more aliases than allowed, or one that is not defined.
    if (!(error instanceof ReferenceError)) throw error;
    return refuse("", error.message, "Write the values out instead of using aliases.");
  }
}

/** Reads a site from an already parsed document. */
export function checkSite(input: unknown): LoadedSite {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return refuse("", "A site must be a list of named sections.", "Begin with `users:`.");
  }
  const given = input as Readonly<Record<string, unknown>>;
  const problems: SiteProblem[] = [];
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(SECTIONS, key)) continue;
    problems.push({
      path: key,
      problem: "is not known.",
      remedy: `Remove it; known are ${Object.keys(SECTIONS).join(", ")}.`,
    });
  }
  const sound: Partial<Sections> = {};
  for (const name of Object.keys(SECTIONS) as SectionName[]) {
    const result = SECTIONS[name].safeParse(given[name]);
    if (result.success) Object.assign(sound, { [name]: result.data });
    else problems.push(...result.error.issues.flatMap((issue) => issueProblems(name, issue)));
  }
  problems.push(...numberProblems(sound), ...memberProblems(sound), ...lineProblems(sound));
  problems.push(...platformProblems(sound));
  if (sound.record === "always" && sound.recorder === null) {
    problems.push({
      path: "recorder",
      problem: "is missing, but `record: always` dials it.",
      remedy: "Give its SIP address, like sip:recorder@192.0.2.10:5060.",
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, site: complete(sound as Sections) };
}

function refuse(path: string, problem: string, remedy: string): LoadedSite {
  return { ok: false, problems: [{ path, problem, remedy }] };
}

function complete(sections: Sections): Site {
  const site: Site = {
    ...sections,
    node: nodeOfAddress(sections.address),
    users: sections.users.map((entry) => {
      const name = entry.name ?? `Extn${entry.extension}`;
      return { ...entry, name, fullName: entry.fullName ?? name };
    }),
    groups: sections.groups.map((entry) => ({
      ...entry,
      name: entry.name ?? `Group${entry.number}`,
    })),
  };
  return Object.freeze(site);
}

function pathText(name: string, path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
  return name + parts.join("");
}

function issueProblems(name: string, issue: z.core.$ZodIssue): SiteProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: pathText(name, [...issue.path, key]),
      problem: "is not known.",
      remedy: "Remove it, or correct its spelling.",
    }));
  }
  const path = pathText(name, issue.path);
  return [{ path, problem: issue.message, remedy: issueRemedy(issue) }];
}

function issueRemedy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `Give a value of type ${issue.expected}.`;
    case "invalid_value":
      return `Use one of ${issue.values.join(", ")}.`;
    case "too_small":
      return `Use at least ${issue.minimum}.`;
    case "too_big":
      return `Use at most ${issue.maximum}.`;
    default:
      return "Correct the value as the message says.";
  }
}

/** A number belongs to one user or group. */
function numberProblems(sections: Partial<Sections>): SiteProblem[] {
  const owners = new Map<string, string>();
  const problems: SiteProblem[] = [];
  const claim = (value: string, path: string): void => {
    const owner = owners.get(value);
    if (owner === undefined) owners.set(value, path);
    else {
      problems.push({
        path,
        problem: `${value} is already the number of ${owner}.`,
        remedy: "Give each user and group a number of its own.",
      });
    }
  };
  for (const [index, entry] of (sections.users ?? []).entries()) {
    claim(entry.extension, `users[${index}].extension`);
  }
  for (const [index, entry] of (sections.groups ?? []).entries()) {
    claim(entry.number, `groups[${index}].number`);
  }
  return problems;
}

/** Members are users; dialled-in numbers lead to users or groups. */
function memberProblems(sections: Partial<Sections>): SiteProblem[] {
  if (sections.users === undefined) return [];
  const extensions = new Set(sections.users.map((entry) => entry.extension));
  const problems: SiteProblem[] = [];
  for (const [index, entry] of (sections.groups ?? []).entries()) {
    for (const [at, member] of entry.members.entries()) {
      if (extensions.has(member)) continue;
      problems.push({
        path: `groups[${index}].members[${at}]`,
        problem: `${member} is no user's extension.`,
        remedy: "Add the user, or remove the member.",
      });
    }
  }
  if (sections.groups === undefined) return problems;
  const numbers = new Set(sections.groups.map((entry) => entry.number));
  for (const [index, { overflow }] of sections.groups.entries()) {
    if (overflow === null || numbers.has(overflow.to)) continue;
    problems.push({
      path: `groups[${index}].overflow.to`,
      problem: `${overflow.to} is no group's number.`,
      remedy: "Let it lead to another group.",
    });
  }
  const known = new Set([...extensions, ...sections.groups.map((entry) => entry.number)]);
  for (const [index, entry] of (sections.trunks ?? []).entries()) {
    for (const [did, target] of Object.entries(entry.ddi)) {
      if (known.has(target)) continue;
      problems.push({
        path: `trunks[${index}].ddi.${did}`,
        problem: `leads to ${target}, which is neither a user nor a group.`,
        remedy: "Let it lead to an extension or a group's number.",
      });
    }
  }
  return problems;
}

/** A platform has room for so many extensions and VCM channels. */
function platformProblems({ platform, users, vcm }: Partial<Sections>): SiteProblem[] {
  if (platform === undefined || platform === null) return [];
  const { extensions, vcmChannels } = PLATFORMS[platform];
  const problems: SiteProblem[] = [];
  if (users !== undefined && users.length > extensions) {
    problems.push({
      path: "users",
      problem: `are ${users.length}, more than the ${extensions} extensions of ${platform}.`,
      remedy: "Name fewer users, or another platform.",
    });
  }
  if (vcm !== undefined && vcmChannels !== null && vcm.channels > vcmChannels) {
    problems.push({
      path: "vcm.channels",
      problem: `is more than the ${vcmChannels} that ${platform} can have.`,
      remedy: `Use at most ${vcmChannels}.`,
    });
  }
  return problems;
}

/** Trunk names and line numbers are unique. */
function lineProblems(sections: Partial<Sections>): SiteProblem[] {
  const problems: SiteProblem[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of (sections.trunks ?? []).entries()) {
    for (const [field, value] of [
      ["name", entry.name],
      ["line", entry.line],
    ] as const) {
      const key = `${field} ${value}`;
      if (!seen.has(key)) {
        seen.add(key);
        continue;
      }
      problems.push({
        path: `trunks[${index}].${field}`,
        problem: `${value} is used by another trunk.`,
        remedy: `Give each trunk a ${field} of its own.`,
      });
    }
  }
  return problems;
}
