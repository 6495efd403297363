// Judges what an IP Office answered: ports, certificate, login, licence, recording control. Pure.
// R10, R17, R25; devlink3.md §3 (results), §5
import type { PeerCertificate } from "@tapeline/recorder/ports";
import type { FlowEnds, ValidationItem } from "@tapeline/reports";
import { RESULT } from "@tapeline/simulator/client";
import type { LoginFacts } from "./devlink3-login.ts";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import { CERTIFICATE_DAYS, LOGIN, OPEN_PORT } from "./thresholds.ts";
import { milliseconds, troubleWords } from "./words.ts";

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

export interface PortFacts {
  readonly port: number;
  readonly isOpen: boolean;
  readonly connectMs: number | null;
  /** ECONNREFUSED, ETIMEDOUT … */
  readonly trouble: string | null;
  readonly certificate: PeerCertificate | null;
}

export interface OfficeFacts {
  readonly localHost: string;
  readonly host: string;
  /** null = not tried. */
  readonly tcp: PortFacts | null;
  readonly tls: PortFacts | null;
  /** null = a recorder would take the certificate, or there was none. */
  readonly trust: string | null;
  readonly login: (LoginFacts & { readonly user: string; readonly port: number }) | null;
  readonly nowTimeMs: number;
}

export function judgeOffice(facts: OfficeFacts): ValidationItem[] {
  return [
    ...(facts.tcp === null ? [] : [judgePort(facts, facts.tcp, "TCP")]),
    ...(facts.tls === null ? [] : [judgePort(facts, facts.tls, "TLS")]),
    ...(facts.tls === null ? [] : [judgeCertificate(facts, facts.tls)]),
    ...judgeLogin(facts),
  ];
}

function flowOf({ localHost, host }: OfficeFacts, port: number, protocol: "TCP" | "TLS"): FlowEnds {
  return { protocol, from: localHost, to: host, port: String(port) };
}

function judgePort(facts: OfficeFacts, found: PortFacts, protocol: "TCP" | "TLS"): ValidationItem {
  const flow = flowOf(facts, found.port, protocol);
  const head: ItemHead = {
    id: protocol === "TCP" ? "pbx.devlink3-tcp" : "pbx.devlink3-tls",
    group: "pbx",
    title: `DevLink3 over ${protocol}`,
    threshold: OPEN_PORT,
    flow,
  };
  if (found.isOpen) {
    const measured = `connected in ${milliseconds(found.connectMs ?? 0)}`;
    return passed(head, { measured, value: found.connectMs ?? 0, unit: "ms" });
  }
  const trouble = found.trouble ?? "no connection";
  const { from, to, port } = flow;
  const setting = protocol === "TLS" ? "DevLink3 with TLS" : "DevLink3 (unsecured)";
  const remedy = /REFUSED/.test(trouble)
    ? `Connections from ${from} to ${to} TCP port ${port} are rejected: switch on ${setting} in the IP Office's security settings, or remove the rule that rejects TCP ${port}.`
    : /TIMEDOUT|UNREACH/.test(trouble)
      ? `Open TCP port ${port} from ${from} (where the recorder will be) to ${to}: nothing answers there.`
      : `${to} TCP port ${port} does not complete the ${protocol} handshake with ${from} (${trouble}): make sure that it is the IP Office's ${setting} port and that nothing between breaks ${protocol} open.`;
  return failed(head, { measured: troubleWords(trouble), remedy });
}

function judgeCertificate(facts: OfficeFacts, { port, certificate }: PortFacts): ValidationItem {
  const head: ItemHead = {
    id: "pbx.certificate",
    group: "pbx",
    title: "The IP Office's certificate",
    threshold: CERTIFICATE_DAYS,
    flow: flowOf(facts, port, "TLS"),
  };
  if (certificate === null) return notMeasured(head, "no TLS connection came about");
  const { subject, issuer, validTo, sha256 } = certificate;
  const days = Math.floor((Date.parse(validTo) - facts.nowTimeMs) / DAY_MS);
  const chain = subject === issuer ? "self-signed" : `signed by ${oneLine(issuer)}`;
  const measured = `${oneLine(subject)}, ${chain}, valid to ${validTo.slice(0, 10)} (${days} days)`;
  const finding = { measured, value: days, unit: "days" };
  const where = `on ${facts.host} TCP port ${port}, for connections from ${facts.localHost}`;
  if (days < 0 || facts.trust === "CERT_HAS_EXPIRED") {
    const remedy = `Renew the IP Office's certificate ${where}: it has expired, and a recorder with TLS refuses it.`;
    return failed(head, { ...finding, remedy });
  }
  if (facts.trust !== null) {
    const remedy = `Let the recorder trust the certificate ${where}: give its authority as devlink3.tls.ca (here: --ca FILE), or pin it by devlink3.tls.pinSha256: ${sha256} (${facts.trust}).`;
    return warned(head, { ...finding, remedy });
  }
  if (days < WARN_DAYS) {
    const remedy = `Renew the IP Office's certificate ${where} soon: it expires in ${days} days.`;
    return warned(head, { ...finding, remedy });
  }
  return passed(head, finding);
}

function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}

const RESULT_REMEDIES: ReadonlyMap<number, string> = new Map([
  [RESULT.authenticationFailed, "user or password is wrong: correct the service user's password"],
  [
    RESULT.limitsExceeded,
    "all its DevLink3 connections are in use (3 a node): stop another client",
  ],
  [RESULT.retryLater, "it asks to come again later: wait a minute"],
  [RESULT.licenceMissing, "the licence CTI Link Pro is missing: install it"],
  [RESULT.insufficientLicence, "there are too few CTI Link Pro licences: install more"],
  [RESULT.featureNotAvailable, "events are not available for this user: grant it DevLink3"],
]);

function judgeLogin(facts: OfficeFacts): ValidationItem[] {
  const { login } = facts;
  const loginHead: ItemHead = {
    id: "pbx.login",
    group: "pbx",
    title: "Login over DevLink3",
    threshold: LOGIN,
  };
  const licenceHead: ItemHead = {
    id: "pbx.licence",
    group: "pbx",
    title: "Licence and events",
    threshold: { text: "events are granted", source: "devlink3.md §6.1; R25" },
  };
  const controlHead: ItemHead = {
    id: "pbx.recording-control",
    group: "pbx",
    title: "Recording control",
    threshold: { text: "announced at the login", source: "R1; devlink3.md §13.2" },
  };
  if (login === null) {
    const why = "needs --user, a password and an open DevLink3 port";
    return [loginHead, licenceHead, controlHead].map((head) => notMeasured(head, why));
  }
  const flow = flowOf(facts, login.port, login.port === facts.tls?.port ? "TLS" : "TCP");
  const first = judgeAuthentication({ ...loginHead, flow }, login, flow);
  if (login.authResult !== RESULT.success) {
    const why = "the login did not come about";
    return [first, notMeasured(licenceHead, why), notMeasured(controlHead, why)];
  }
  return [
    first,
    judgeLicence({ ...licenceHead, flow }, login, flow),
    login.recordingControl === null
      ? notMeasured(
          controlHead,
          "this IP Office announces none: recordings come only as it sends them by itself",
        )
      : passed({ ...controlHead, flow }, { measured: login.recordingControl }),
  ];
}

function judgeAuthentication(
  head: ItemHead,
  login: NonNullable<OfficeFacts["login"]>,
  flow: FlowEnds,
): ValidationItem {
  const { authResult, authTrouble, version, variant, user } = login;
  if (authResult === RESULT.success) {
    return passed(head, { measured: [version, variant].filter(Boolean).join(", ") || "accepted" });
  }
  const code = authResult === null ? null : hex(authResult);
  const remedy = RESULT_REMEDIES.get(authResult ?? 0) ?? "see its security settings";
  return failed(head, {
    measured: code === null ? (authTrouble ?? "no answer") : `refused: ${code}`,
    remedy: `The IP Office ${flow.to} (TCP port ${flow.port}) refuses the login of ${user} from ${flow.from}: ${authTrouble ?? remedy}.`,
  });
}

function judgeLicence(
  head: ItemHead,
  { eventResult, flags }: LoginFacts,
  flow: FlowEnds,
): ValidationItem {
  const granted = `events granted, flags ${flags || "none"}`;
  if (eventResult === RESULT.success) return passed(head, { measured: granted });
  if (eventResult === RESULT.partialSuccess) {
    return warned(head, {
      measured: granted,
      remedy: `The IP Office ${flow.to} (TCP port ${flow.port}) grants ${flow.from} only some of the flags (${flags || "none"} of -SIPTrack): recordings are tied to calls by less.`,
    });
  }
  const code = eventResult === null ? "no answer" : hex(eventResult);
  return failed(head, {
    measured: code,
    remedy: `The IP Office ${flow.to} (TCP port ${flow.port}) gives ${flow.from} no events: ${RESULT_REMEDIES.get(eventResult ?? 0) ?? "see its licences and the service user's rights"}.`,
  });
}

function hex(result: number): string {
  return (result >>> 0).toString(16).padStart(8, "0").toUpperCase();
}
