// Towards the IP Office: DevLink3 over TCP and TLS, its certificate, the login and what it grants.
// The recorder's host has to reach it; from this machine it is the same way in the other direction.
// R10, R17, R25; devlink3.md §1, §5
import type { TlsOptions } from "@tapeline/recorder/ports";
import type { TrafficRow } from "@tapeline/reports";
import { tryLogin } from "./devlink3-login.ts";
import { judgeOffice, type OfficeFacts, type PortFacts } from "./judge-office.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import type { IpOfficeTarget } from "./target.ts";
import { place } from "./words.ts";

const CONNECT_LIMIT_MS = 5_000;

export const officeProbe: Probe = {
  name: "IP Office",
  isWanted: ({ target }) => target.ipOffice !== null,
  plan,
  run,
};

function plan({ target }: ValidateOptions): TrafficRow[] {
  const office = target.ipOffice;
  if (office === null) return [];
  const row = (what: string, port: number, packets: number): TrafficRow => ({
    ...{ what, protocol: "TCP", to: place(office.host, port), packets },
    ...{ bytes: packets * 150, bitsPerSecond: 0, seconds: 5 },
  });
  const login = office.user === null ? "" : ", one login";
  return [
    ...(office.port === null ? [] : [row(`DevLink3 connection${login}`, office.port, 20)]),
    ...(office.tlsPort === null
      ? []
      : [row(`DevLink3 with TLS, twice (certificate)${login}`, office.tlsPort, 40)]),
  ];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const office = options.target.ipOffice;
  if (office === null) return { items: [] };
  const tcp = office.port === null ? null : await tryPort(context, office.port, null);
  const tls =
    office.tlsPort === null ? null : await tryPort(context, office.tlsPort, { verify: false });
  const trust = tls?.isOpen === true ? await tryTrust(context, office) : null;
  const login = await logIn(context, office, { tcp, tls });
  const facts: OfficeFacts = {
    localHost: options.localHost,
    host: office.host,
    ...{ tcp, tls, trust, login },
    nowTimeMs: ports.clock.wallTimeMs(),
  };
  return { items: judgeOffice(facts), seen: { office: office.host } };
}

async function tryPort(
  { options, ports }: ProbeContext,
  port: number,
  tls: TlsOptions | null,
): Promise<PortFacts> {
  const host = options.target.ipOffice?.host ?? "";
  const beganMs = ports.clock.nowMs();
  try {
    const stream = await ports.tcp.connect(
      { remote: { host, port }, timeoutMs: CONNECT_LIMIT_MS, ...(tls === null ? {} : { tls }) },
      { onData: () => undefined, onClose: () => undefined },
    );
    stream.close();
    return {
      port,
      isOpen: true,
      connectMs: ports.clock.nowMs() - beganMs,
      trouble: null,
      certificate: stream.certificate ?? null,
    };
  } catch (error) {
    return { port, isOpen: false, connectMs: null, trouble: troubleOf(error), certificate: null };
  }
}

/** Is the certificate one that a recorder would take? null = yes, else the system's code. */
async function tryTrust(context: ProbeContext, office: IpOfficeTarget): Promise<string | null> {
  const { certificateAuthority, tlsPort } = office;
  const tls: TlsOptions = {
    verify: true,
    ...(certificateAuthority === null ? {} : { certificateAuthority }),
  };
  const tried = await tryPort(context, tlsPort ?? 0, tls);
  return tried.isOpen ? null : tried.trouble;
}

async function logIn(
  { ports }: ProbeContext,
  office: IpOfficeTarget,
  open: { readonly tcp: PortFacts | null; readonly tls: PortFacts | null },
): Promise<OfficeFacts["login"]> {
  const { host, user, password } = office;
  if (user === null || password === null) return null;
  const way = open.tls?.isOpen === true ? open.tls : open.tcp;
  if (way?.isOpen !== true) return null;
  const tls = way === open.tls ? { verify: false } : null;
  const facts = await tryLogin({ host, port: way.port, tls, user, password }, ports);
  return { ...facts, user, port: way.port };
}

function troubleOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
