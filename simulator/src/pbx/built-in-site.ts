// The site that needs no file: ten extensions, a SIP and an ISDN trunk, one hunt group, 64 VCM
// channels. `testbed pbx` and most scenarios use it; the YAML is also the README's example.
import { parse } from "yaml";
import { checkSite, type SiteInput } from "./site-schema.ts";
import type { Site } from "./site.ts";

/** The built-in site as YAML, commented: what a site file looks like. */
export const BUILT_IN_SITE_YAML = `# A simulated IP Office. Numbers stand in quotes.
address: 192.168.10.1            # LAN address; the node identifier is this in hex
version: IP Office 12.1.0.0 build 23
users:
  - { extension: "2001", name: Alice, fullName: Alice Archer }
  - { extension: "2002", name: Bob, fullName: Bob Baker }
  - { extension: "2003", name: Carol, fullName: Carol Carter }
  - { extension: "2004", name: Dave, fullName: Dave Draper }
  - { extension: "2005", name: Erin, fullName: Erin Ellis, kind: h323 }
  - { extension: "2006", name: Frank, fullName: Frank Fisher, kind: h323 }
  - { extension: "2007", name: Grace, fullName: Grace Glover, kind: sip }
  - { extension: "2008", name: Heidi, fullName: Heidi Hunter, kind: sip }
  - { extension: "2009", name: Ivan, fullName: Ivan Inman }
  - { extension: "2010", name: Judy, fullName: Judy Jenner }
trunks:                          # the first one with the dialled number and a free channel is used
  - name: ISDN
    kind: isdn
    line: 5
    channels: 30
    ddi: { "5550100": "2001", "5550102": "2002", "5550300": "300" }
  - name: SIP provider
    kind: sip
    line: 17
    channels: 60
    address: 10.0.0.9            # of the provider
    ddi: { "5550201": "2001", "5550202": "2002", "5550203": "2003" }
groups:
  - { number: "300", name: Sales, members: ["2001", "2002", "2003"], ring: collective }
  - { number: "301", name: Support, members: ["2004", "2005"], ring: sequential, ringSeconds: 15 }
vcm: { channels: 64 }            # used by calls, recordings and queued calls
devlink3: { user: recorder, password: "Passw0rd!", challenge: sha1, maximumConnections: 3 }
record: requested                # or always: dials \`recorder\` by itself at each answer
# recorder: sip:recorder@192.0.2.10:5060
hold: pause                      # or keep: the recording leg is not told of a hold
`;

const BUILT_IN_SECTIONS: unknown = parse(BUILT_IN_SITE_YAML);

/**
 * The built-in site with changes: sections with named values are merged, lists are replaced.
 * Throws on changes that make no sense, which are their author's mistake.
 */
export function loadSite(changes: SiteInput = {}): Site {
  const sections: Record<string, unknown> = { ...(BUILT_IN_SECTIONS as object) };
  for (const [name, change] of Object.entries(changes)) {
    const present = sections[name];
    sections[name] =
      isNamedValues(present) && isNamedValues(change) ? { ...present, ...change } : change;
  }
  const loaded = checkSite(sections);
  if (loaded.ok) return loaded.site;
  const lines = loaded.problems.map(({ path, problem, remedy }) => `${path} ${problem} ${remedy}`);
  throw new Error(`the site cannot be used:\n${lines.join("\n")}`);
}

function isNamedValues(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
