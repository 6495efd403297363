// What `probe` found of one IP Office, as data and as text: version, build (R17), granted flags,
// licence answers (R25), recording control, certificate. Pure; probe.ts asks the IP Office.
import type { LinkState } from "../devlink3/link-state.ts";
import { buildSupport, licenceAnswer, type LicenceAnswer } from "../devlink3/link-policy.ts";
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { PeerCertificate } from "../ports/index.ts";

export interface ProbedLink {
  readonly pbx: string;
  readonly tls: boolean;
  /** The IP Office's, when TLS came about. */
  readonly certificate: PeerCertificate | null;
  readonly state: LinkState["name"] | "recording-control-unavailable";
  readonly loggedIn: boolean;
  readonly version: string | null;
  readonly build: number | "unknown";
  readonly buildSupport: "supported" | "unsupported-build" | "unknown";
  readonly flags: { readonly asked: readonly string[]; readonly granted: readonly string[] };
  readonly licence: LicenceAnswer;
  /** "dl3rec/1", or null: RECORDING_CONTROL_UNAVAILABLE. */
  readonly recordingControl: string | null;
  readonly problems: readonly {
    readonly code: ErrorCode;
    readonly detail: string | null;
    readonly meaning: string;
    readonly remedy: string;
  }[];
}

export interface LinkFindings {
  readonly pbx: string;
  readonly isTls: boolean;
  readonly askedFlags: readonly string[];
  readonly certificate: PeerCertificate | null;
  readonly state: LinkState;
  /** Codes seen on the way, the last state's among them. */
  readonly troubles: readonly { readonly code: string; readonly detail: string | null }[];
}

export function reportOf(findings: LinkFindings): ProbedLink {
  const { state, isTls, pbx, certificate, askedFlags } = findings;
  const isUp = state.name === "streaming" || state.name === "synchronising";
  const troubles = [...findings.troubles];
  if (isUp && !state.hasRecordingControl) {
    troubles.push({ code: "RECORDING_CONTROL_UNAVAILABLE", detail: null });
  }
  const refusals = troubles.map(({ code }) => licenceAnswer(code, false));
  return {
    pbx,
    tls: isTls,
    certificate,
    state: isUp && !state.hasRecordingControl ? "recording-control-unavailable" : state.name,
    loggedIn: isUp,
    version: state.version,
    build: state.build,
    buildSupport: buildSupport(state.build),
    flags: { asked: askedFlags, granted: (state.flags ?? "").split(" ").filter(Boolean) },
    licence: refusals.find((answer) => answer !== "unknown") ?? licenceAnswer(null, isUp),
    recordingControl: state.hasRecordingControl ? "dl3rec/1" : null,
    problems: distinct(troubles).map(({ code, detail }) => ({ code, detail, ...ERRORS[code] })),
  };
}

function distinct(troubles: LinkFindings["troubles"]) {
  const seen = new Map<ErrorCode, string | null>();
  for (const { code, detail } of troubles) {
    if (Object.hasOwn(ERRORS, code)) seen.set(code as ErrorCode, detail);
  }
  return [...seen].map(([code, detail]) => ({ code, detail }));
}

/** Lines for a terminal. */
export function reportText(link: ProbedLink): string {
  const { pbx, version, build, flags, licence, recordingControl, certificate } = link;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["login", link.loggedIn ? "accepted" : `not done (${link.state})`],
    ["version", version ?? "not told"],
    ["build", `${build} (${link.buildSupport})`],
    ["flags", `asked ${flags.asked.join(" ")}; granted ${flags.granted.join(" ") || "none"}`],
    ["licence", licence],
    ["recording control", recordingControl ?? (link.loggedIn ? link.state : "unknown")],
    ["TLS", tlsText(link.tls, certificate)],
  ];
  const problems = link.problems.map(
    ({ code, detail, meaning, remedy }) =>
      `  ${code}. ${meaning} ${remedy}${detail === null ? "" : ` (${detail})`}`,
  );
  const lines = facts.map(([name, value]) => `  ${name.padEnd(19)}${value}`);
  return [`IP Office ${pbx}`, ...lines, ...problems, ""].join("\n");
}

function tlsText(isTls: boolean, certificate: PeerCertificate | null): string {
  if (!isTls) return "no";
  if (certificate === null) return "yes, no certificate was accepted";
  const { subject, issuer, validTo, sha256 } = certificate;
  const names = [subject, `signed by ${issuer}`].map((name) => name.replaceAll("\n", ", "));
  return `${names.join(", ")}, valid to ${validTo}, SHA-256 ${sha256}`;
}
