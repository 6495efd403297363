// The way as it was measured, for the report: stations and lines between them, and the firewall
// table to hand over. Pure: items and seen facts in. R9, R15, R23
import type {
  FirewallRow,
  ItemVerdict,
  TopologyLink,
  TopologyNode,
  ValidationItem,
} from "@tapeline/reports";
import type { ValidateOptions } from "./probe.ts";
import { place } from "./words.ts";

export interface MapInput {
  readonly options: ValidateOptions;
  readonly items: readonly ValidationItem[];
  readonly seen: ReadonlyMap<string, string>;
}

/** The worst of the items with these beginnings; not-measured when there is none. */
function verdictOf(items: readonly ValidationItem[], ...prefixes: string[]): ItemVerdict {
  const found = items.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
  for (const verdict of ["fail", "warn", "pass"] as const) {
    if (found.some((item) => item.verdict === verdict)) return verdict;
  }
  return "not-measured";
}

function measuredOf(items: readonly ValidationItem[], id: string): string | null {
  const item = items.find((entry) => entry.id === id);
  return item === undefined || item.verdict === "not-measured" ? null : item.measured;
}

export function topologyOf({ options, items, seen }: MapInput): {
  nodes: TopologyNode[];
  links: TopologyLink[];
} {
  const { recorder, ipOffice } = options.target;
  const mapped = seen.get("mapped");
  const isNat = mapped !== undefined && !mapped.startsWith(`${options.localHost}:`);
  const rtp = seen.get("rtp");
  const nodes: TopologyNode[] = [
    {
      id: "here",
      title: "Place of the IP Office",
      lines: [options.localHost, "this machine"],
    },
    ...(isNat ? [{ id: "nat", title: "NAT", lines: [`seen as ${mapped}`] }] : []),
    {
      id: "recorder",
      title: seen.get("product") === undefined ? "Recorder" : `Recorder (${seen.get("product")})`,
      lines: [
        `SIP ${place(recorder.host, recorder.port)}`,
        ...(rtp === undefined ? [] : [`RTP ${rtp}`]),
      ],
    },
    ...(ipOffice === null
      ? []
      : [
          {
            id: "office",
            title: "IP Office",
            lines: [
              ipOffice.host,
              `DevLink3 ${ipOffice.port ?? "–"}, TLS ${ipOffice.tlsPort ?? "–"}`,
            ],
          },
        ]),
  ];
  return { nodes, links: linksOf({ options, items, seen }, isNat) };
}

function linksOf({ options, items }: MapInput, isNat: boolean): TopologyLink[] {
  const { ipOffice } = options.target;
  const delay = measuredOf(items, "media.one-way-delay")?.replace(/ \(.*$/, "");
  const loss = measuredOf(items, "media.loss")?.replace(/ \(.*$/, "");
  const mtu = measuredOf(items, "path.mtu");
  const first = isNat ? "nat" : "here";
  return [
    ...(isNat ? [{ from: "here", to: "nat", label: "", verdict: verdictOf(items, "nat.") }] : []),
    {
      from: first,
      to: "recorder",
      label: ["SIP", ...(mtu === null ? [] : [`MTU ${mtu.replace(/ bytes.*/, "")}`])].join(", "),
      verdict: verdictOf(items, "sip.", "path."),
    },
    {
      from: first,
      to: "recorder",
      label: [
        "RTP",
        ...(loss === undefined ? [] : [`loss ${loss}`]),
        ...(delay === undefined ? [] : [`${delay} one way`]),
      ].join(", "),
      verdict: verdictOf(items, "media."),
    },
    ...(ipOffice === null
      ? []
      : [
          {
            from: "here",
            to: "office",
            label: "DevLink3",
            verdict: verdictOf(items, "pbx.devlink3"),
          },
        ]),
  ];
}

/** Who must reach whom, for whoever writes the rules. */
export function firewallOf({ options, items, seen }: MapInput): FirewallRow[] {
  const { recorder, ipOffice } = options.target;
  const office = ipOffice?.host ?? options.localHost;
  const rtpPort = seen.get("rtp")?.replace(/^.*:/, "") ?? "RTP port";
  const rtcpPort = /^\d+$/.test(rtpPort) ? String(Number(rtpPort) + 1) : `${rtpPort}, each + 1`;
  const verdict = (...prefixes: string[]): ItemVerdict => verdictOf(items, ...prefixes);
  const sip = recorder.transports.map((transport): FirewallRow => {
    const isTls = transport === "tls";
    return {
      protocol: transport === "udp" ? "UDP" : isTls ? "TLS" : "TCP",
      from: office,
      to: recorder.host,
      port: String(isTls ? recorder.tlsPort : recorder.port),
      why: `SIP over ${transport.toUpperCase()}: the IP Office places the recording calls`,
      verdict: verdict(`sip.${transport}.`),
    };
  });
  const rows: FirewallRow[] = [
    ...sip,
    {
      ...{ protocol: "UDP", from: office, to: recorder.host, port: rtpPort },
      why: "RTP: the audio of the recordings",
      verdict: verdict("media.rtp-reach"),
    },
    {
      ...{ protocol: "UDP", from: office, to: recorder.host, port: rtcpPort },
      why: "RTCP: quality reports (optional)",
      verdict: verdict("media.rtp-reach"),
    },
    {
      ...{ protocol: "UDP", from: recorder.host, to: office, port: "5060" },
      why: "SIP requests of the recorder within calls: BYE, session refresh",
      verdict: verdict("sip.reverse-bye"),
    },
  ];
  const devlink3 = [
    { port: ipOffice === null ? 50_797 : ipOffice.port, protocol: "TCP", id: "pbx.devlink3-tcp" },
    {
      port: ipOffice === null ? 50_796 : ipOffice.tlsPort,
      protocol: "TLS",
      id: "pbx.devlink3-tls",
    },
  ] as const;
  for (const { port, protocol, id } of devlink3) {
    if (port === null) continue;
    rows.push({
      ...{ protocol, from: recorder.host, to: office, port: String(port) },
      why: "DevLink3: call events and recording control (one of TCP and TLS is enough)",
      verdict: verdict(id),
    });
  }
  return rows;
}
