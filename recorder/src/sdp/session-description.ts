// SDP as data, its parser and serialiser.  RFC 8866; only what offer and answer need is kept, in
// wire order of the media descriptions. Liberal: unknown lines are skipped, bare LF is taken,
// missing s= and t= are forgiven; v=0 and o= are not.
import { parsed, refused, type Parsed } from "../parsed.ts";

export interface SdpConnection {
  readonly addressType: "IP4" | "IP6";
  /** An IP literal or a name, without TTL. */
  readonly address: string;
}

export interface SdpOrigin extends SdpConnection {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
}

export interface SdpAttribute {
  readonly name: string;
  /** null for a property such as `a=sendonly`. */
  readonly value: string | null;
}

export interface SdpMedia {
  /** "audio", "video" … */
  readonly type: string;
  /** 0 = rejected or removed. */
  readonly port: number;
  /** "RTP/AVP" … */
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connection: SdpConnection | null;
  readonly attributes: readonly SdpAttribute[];
}

export interface SessionDescription {
  readonly origin: SdpOrigin;
  readonly sessionName: string;
  readonly connection: SdpConnection | null;
  /** Value of the first t= line. */
  readonly timing: string;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly SdpMedia[];
}

export const SDP_LIMITS = {
  maximumCharacters: 65_535,
  maximumLines: 1_024,
  maximumMedia: 32,
  maximumFormats: 128,
} as const;

interface Building {
  origin: SdpOrigin | null;
  sessionName: string;
  connection: SdpConnection | null;
  timing: string | null;
  attributes: SdpAttribute[];
  media: BuildingMedia[];
}

type BuildingMedia = Omit<SdpMedia, "connection" | "attributes"> & {
  connection: SdpConnection | null;
  attributes: SdpAttribute[];
};

export function parseSessionDescription(text: string): Parsed<SessionDescription> {
  if (text.length > SDP_LIMITS.maximumCharacters) {
    return refused("too-large", text.length, "The description is too long.");
  }
  const lines = text.split(/\r?\n/);
  if (lines.length > SDP_LIMITS.maximumLines) {
    return refused("too-many-lines", lines.length, "The description has too many lines.");
  }
  if (lines[0]?.trim() !== "v=0") return refused("bad-version", 1, "The first line is not v=0.");
  const building: Building = {
    origin: null,
    sessionName: "-",
    connection: null,
    timing: null,
    attributes: [],
    media: [],
  };
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const problem = applyLine(building, line);
    if (problem !== null) return refused("bad-line", index + 1, problem);
  }
  const { origin, timing } = building;
  if (origin === null) return refused("no-origin", lines.length, "There is no o= line.");
  return parsed({ ...building, origin, timing: timing ?? "0 0" });
}

/** What is wrong with the line, or null. */
function applyLine(building: Building, line: string): string | null {
  if (!/^[a-z]=/.test(line)) return "A line is not `letter=value`.";
  const value = line.slice(2).trim();
  const media = building.media.at(-1);
  switch (line[0]) {
    case "o": {
      building.origin ??= parseOrigin(value);
      return building.origin === null ? "The o= line cannot be read." : null;
    }
    case "s":
      building.sessionName = value === "" ? "-" : value;
      return null;
    case "t":
      building.timing ??= value;
      return null;
    case "c": {
      const connection = parseConnection(value);
      if (connection === null) return "The c= line cannot be read.";
      (media ?? building).connection ??= connection;
      return null;
    }
    case "a":
      (media ?? building).attributes.push(parseAttribute(value));
      return null;
    case "m":
      return applyMedia(building, value);
    default:
      return null;
  }
}

function applyMedia(building: Building, value: string): string | null {
  const match = /^(\S+) +(\d{1,5})(?:\/\d+)? +(\S+) +(\S.*)$/.exec(value);
  if (match === null) return "The m= line cannot be read.";
  const [, type = "", portText, protocol = "", formatsText = ""] = match;
  const port = Number(portText);
  const formats = formatsText.split(/ +/);
  if (port > 65_535) return "The port is above 65535.";
  if (formats.length > SDP_LIMITS.maximumFormats) return "Too many formats.";
  if (building.media.length >= SDP_LIMITS.maximumMedia) return "Too many m= lines.";
  building.media.push({ type, port, protocol, formats, connection: null, attributes: [] });
  return null;
}

function parseOrigin(value: string): SdpOrigin | null {
  const fields = value.split(/ +/);
  const [username = "", sessionId = "", sessionVersion = ""] = fields;
  const connection = parseConnection(fields.slice(3).join(" "));
  if (connection === null || !/^\d+$/.test(sessionVersion)) return null;
  return { username, sessionId, sessionVersion, ...connection };
}

function parseConnection(value: string): SdpConnection | null {
  const match = /^IN +(IP4|IP6) +([^\s/]+)(?:\/\S*)?$/i.exec(value);
  if (match === null) return null;
  const [, addressType = "", address = ""] = match;
  return { addressType: addressType.toUpperCase() === "IP6" ? "IP6" : "IP4", address };
}

function parseAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(":");
  if (colon < 0) return { name: value, value: null };
  return { name: value.slice(0, colon), value: value.slice(colon + 1) };
}

export function serializeSessionDescription(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${connectionText(origin)}`,
    `s=${description.sessionName}`,
  ];
  if (description.connection !== null) lines.push(`c=${connectionText(description.connection)}`);
  lines.push(`t=${description.timing}`, ...description.attributes.map(attributeLine));
  for (const media of description.media) {
    lines.push(`m=${media.type} ${media.port} ${media.protocol} ${media.formats.join(" ")}`);
    if (media.connection !== null) lines.push(`c=${connectionText(media.connection)}`);
    lines.push(...media.attributes.map(attributeLine));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function connectionText(connection: SdpConnection): string {
  return `IN ${connection.addressType} ${connection.address}`;
}

function attributeLine(attribute: SdpAttribute): string {
  return attribute.value === null
    ? `a=${attribute.name}`
    : `a=${attribute.name}:${attribute.value}`;
}

/** Value of the first attribute of that name; "" for a property; null when absent. */
export function attributeValue(
  owner: { readonly attributes: readonly SdpAttribute[] },
  name: string,
): string | null {
  const found = owner.attributes.find((attribute) => attribute.name === name);
  return found === undefined ? null : (found.value ?? "");
}
