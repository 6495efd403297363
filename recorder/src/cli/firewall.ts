// `check-config --firewall`: who must reach whom, by which protocol and port, and why. SIP and audio
// go straight between IP Office and recorder (R9); the IP Office must reach the advertised address
// (R23) on the SIP Message Port and the Active Recording RTP Port (R15). Pure.
import { isLoopbackOrWildcard, type RecorderConfig } from "../config.ts";

export interface FirewallRule {
  readonly from: string;
  readonly to: string;
  readonly protocol: "udp" | "tcp";
  /** "5060", "20000–21999", or "any" where the other side chooses it. */
  readonly port: string;
  readonly why: string;
  /** Requirements that this way serves. */
  readonly ids: readonly string[];
}

/** SIP over TLS has the port after the SIP Message Port. */
const TLS_PORT_OFFSET = 1;

/** All ways that must be open for this configuration. */
export function firewallRules(config: RecorderConfig): readonly FirewallRule[] {
  return [
    ...callers(config).flatMap((from) => fromCaller(config, from)),
    ...config.devlink3.map(({ host, port, tls }) => ({
      from: config.recorder.address,
      to: host,
      protocol: "tcp" as const,
      port: String(port),
      why: `DevLink3${tls === false ? "" : " with TLS"}: events of calls, and requests to record`,
      ids: ["R1", "R10"],
    })),
    ...users(config),
  ];
}

/** Who sends calls: sip.allow, else the IP Offices and the nodes of their networks. */
function callers({ sip, devlink3 }: RecorderConfig): readonly string[] {
  if (sip.allow.length > 0) return sip.allow;
  return devlink3.flatMap(({ host, scn }) =>
    scn ? [host, `each other node of the network of ${host}`] : [host],
  );
}

function fromCaller(config: RecorderConfig, from: string): readonly FirewallRule[] {
  const { sip, rtp, recorder } = config;
  const to = recorder.address;
  const transports = sip.transports.map((transport): FirewallRule => {
    const isTls = transport === "tls";
    return {
      from,
      to,
      protocol: transport === "udp" ? "udp" : "tcp",
      port: String(isTls ? sip.port + TLS_PORT_OFFSET : sip.port),
      why: `"SIP Message Port"${isTls ? ", with TLS" : ""}: the calls that bring the audio`,
      ids: ["R9", "R15", "R23"],
    };
  });
  const media = "range" in rtp ? rtp.range.join("–") : String(rtp.port);
  const reports = "range" in rtp ? "each odd port of the range" : String(rtp.port + 1);
  return [
    ...transports,
    {
      from,
      to,
      protocol: "udp",
      port: media,
      why: '"Active Recording RTP Port": the audio itself, 64 kbit/s a recording (87 on Ethernet)',
      ids: ["R9", "R15", "R23"],
    },
    {
      from,
      to,
      protocol: "udp",
      port: reports,
      why: "RTCP: reports on the audio; optional",
      ids: ["R9"],
    },
    {
      from: to,
      to: from,
      protocol: sip.transports[0] === "udp" ? "udp" : "tcp",
      port: "any",
      why: "SIP answers and our BYE, to the port that the IP Office calls from or names as Contact",
      ids: ["R3", "R9"],
    },
  ];
}

function users({ http }: RecorderConfig): readonly FirewallRule[] {
  const isLocal = http.host.startsWith("127.") || http.host === "::1" || http.host === "localhost";
  const isAnywhere = !isLocal && isLoopbackOrWildcard(http.host);
  return [
    {
      from: isLocal ? "this machine only" : "supervisors, administrators, monitoring",
      to: isAnywhere ? "every address of the recorder" : http.host,
      protocol: "tcp",
      port: http.port === 0 ? "any" : String(http.port),
      why: "API, live listening and metrics",
      ids: ["R5"],
    },
  ];
}

/** What the table alone does not say. */
export function firewallNotes({ recorder }: RecorderConfig): readonly string[] {
  const notes = [
    "SIP and audio go straight between IP Office and recorder; nothing stands between (R9).",
  ];
  if (recorder.bind !== "auto" && recorder.bind !== recorder.address) {
    notes.push(
      `The IP Office calls ${recorder.address}; forward these ports from there to ${recorder.bind}, unchanged.`,
    );
  }
  return notes;
}

/** The rules as a table for people. */
export function firewallTable(rules: readonly FirewallRule[]): string {
  const head = ["from", "to", "protocol", "port", "why", "requirement"];
  const rows = rules.map(({ from, to, protocol, port, why, ids }) => {
    return [from, to, protocol, port, why, ids.join(", ")];
  });
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return `${[head, rule, ...rows].map(line).join("\n")}\n`;
}
