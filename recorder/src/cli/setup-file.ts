// What the set-up changes in recorder.yaml: the asked keys alone, so that comments, order and all
// other keys stay. Pure: text in, text out; cli/setup.ts reads and writes.
import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from "yaml";
import type { RecorderConfig } from "../config.ts";
import type { OfficeSettings, SetupSettings } from "../setup-contract.ts";

const GIB = 2 ** 30;
/** Stands in the file of a first start, where no IP Office may call yet. */
export const NOBODY_YET = "127.0.0.1";

/** The settings as the configuration in the file has them; paths as written there. */
export function settingsOf(text: string, config: RecorderConfig): SetupSettings {
  const { recorder, sip, rtp, http, devlink3 } = config;
  const written = parseDocument(text);
  const path = (...keys: (string | number)[]): string => {
    const value = written.getIn(keys);
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const drive = config.pools[0]?.drives[0];
  return {
    offices: devlink3.map(({ host, port, tls, user, scn }) => ({
      ...{ host, port, user, scn },
      ...{ tls: tls !== false, password: null },
    })),
    recorder: {
      name: recorder.name,
      address: recorder.address,
      recordFromBeginning: recorder.recordFromBeginning,
    },
    ports: {
      sip: sip.port,
      rtp: "range" in rtp ? rtp.range : rtp.port,
      ...{ httpHost: http.host, http: http.port },
    },
    storage: {
      live: path("live", "directory") || config.live.directory,
      pool: path("pools", 0, "drives", 0, "path") || (drive?.path ?? ""),
      maxBytes: path("pools", 0, "drives", 0, "maxBytes") || sizeText(drive?.maxBytes ?? 0),
    },
  };
}

/** The file with these settings in it; `parts`: only some of them. */
export function withSettings(
  text: string,
  settings: SetupSettings,
  parts: readonly (keyof SetupSettings)[],
): string {
  const document = parseDocument(text);
  // A file that the recorder was started with is a map: it has recorder.address.
  if (!isMap(document.contents)) return text;
  for (const part of parts) WRITERS[part](document, settings);
  return document.toString({ lineWidth: 100 });
}

const WRITERS: Readonly<
  Record<keyof SetupSettings, (document: Document, settings: SetupSettings) => void>
> = {
  offices(document, { offices }) {
    const before = document.getIn(["devlink3"]);
    const entries = isSeq(before) ? before.items.filter((item) => isMap(item)) : [];
    const list = document.createNode([]) as YAMLSeq;
    list.items = offices.map((office) => officeEntry(document, entries, office));
    if (isSeq(before)) copyComments(before, list);
    document.setIn(["devlink3"], list);
    const allow = document.getIn(["sip", "allow"]);
    const isNobodyYet = isSeq(allow) && JSON.stringify(allow) === JSON.stringify([NOBODY_YET]);
    const isElsewhere = offices.length > 0 && offices.every(({ host }) => host !== NOBODY_YET);
    if (isNobodyYet && isElsewhere) document.deleteIn(["sip", "allow"]);
    if (isMap(document.getIn(["sip"])) && (document.getIn(["sip"]) as YAMLMap).items.length === 0) {
      document.deleteIn(["sip"]);
    }
  },
  recorder(document, { recorder }) {
    for (const [key, value] of Object.entries(recorder)) set(document, ["recorder", key], value);
  },
  ports(document, { ports }) {
    const { sip, rtp, httpHost, http } = ports;
    set(document, ["sip", "port"], sip);
    const [used, other] = typeof rtp === "number" ? ["port", "range"] : ["range", "port"];
    set(document, ["rtp", used], rtp);
    if (document.hasIn(["rtp", other])) document.deleteIn(["rtp", other]);
    set(document, ["http", "host"], httpHost);
    set(document, ["http", "port"], http);
  },
  storage(document, { storage }) {
    set(document, ["live", "directory"], storage.live);
    if (!document.hasIn(["pools", 0, "drives", 0])) {
      document.setIn(["pools"], document.createNode([{ name: "main", drives: [{}] }]));
    }
    const drive = ["pools", 0, "drives", 0];
    set(document, [...drive, "path"], storage.pool);
    set(document, [...drive, "maxBytes"], storage.maxBytes);
  },
};

/** The entry of this host, changed, or a new one. */
function officeEntry(
  document: Document,
  entries: readonly YAMLMap[],
  office: OfficeSettings,
): YAMLMap {
  const { host, port, tls, user, password, scn } = office;
  const known = entries.find((entry) => entry.get("host") === host);
  const entry = known ?? document.createNode({ host });
  entry.set("user", user);
  if (password !== null) entry.set("password", password);
  const usual = tls ? 50_796 : 50_797;
  if (port === null || port === usual) entry.delete("port");
  else entry.set("port", port);
  // An entry that says how to trust the IP Office says true already.
  if (!(tls && isMap(entry.get("tls")))) entry.set("tls", tls);
  entry.set("scn", scn);
  return entry;
}

/** A value that is as it was is left alone, with its form and comments. */
function set(document: Document, path: readonly (string | number)[], value: unknown): void {
  const before: unknown = document.getIn(path);
  const isSame = JSON.stringify(before) === JSON.stringify(value);
  if (!isSame) document.setIn(path, document.createNode(value));
}

function copyComments(from: YAMLSeq, to: YAMLSeq): void {
  const { comment, commentBefore, flow } = from;
  if (comment !== undefined) to.comment = comment;
  if (commentBefore !== undefined) to.commentBefore = commentBefore;
  if (flow !== undefined && to.items.length === 0) to.flow = flow;
}

function sizeText(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / GIB))} GiB`;
}

/** The file of a first start: valid, and open to nobody but this machine. */
export function firstFile(address: string): string {
  return `# Tapeline recorder. The console's set-up fills this in; recorder.example.yaml shows all keys.
recorder:
  name: recorder-1
  address: ${JSON.stringify(address)} # what the IP Office calls
sip:
  port: 5060
  allow: [${NOBODY_YET}] # nobody else yet: goes when an IP Office stands in devlink3
rtp:
  port: 5004
devlink3: []
live:
  directory: data/live
pools:
  - name: main
    drives:
      - path: data/pool
        maxBytes: 100 GiB
http:
  host: 127.0.0.1 # this machine only; 0.0.0.0 = the whole network
  port: 8080
`;
}
