// TLS of a scenario in the virtual world: which certificates the IP Office and the recorder show,
// as facts (world/tls.ts), and what the recorder's configuration names.
import type { TlsSetting } from "@tapeline/scenarios";
import { makeVirtualCertificate, parseVirtualCertificate } from "@tapeline/simulator/world";

/** SIP over TLS: what the recorder shows, and whom the IP Office trusts. */
export interface VirtualSipTls {
  /** Of the SIP side of the IP Office. */
  readonly client: { readonly certificateAuthority: string };
  readonly files: Readonly<Record<string, string>>;
  /** The value of sip.tls. */
  readonly configuration: Readonly<Record<"cert" | "key", string>>;
}

const AUTHORITY = "Testbed Authority";
const OTHER_AUTHORITY = "Somebody Else's Authority";
const FOLDER = "/etc/tapeline";
/** Before every scenario. */
const LONG_AGO_MS = Date.UTC(2020, 0, 1);

export interface VirtualTls {
  /** What the IP Office listens with. */
  readonly server: {
    readonly certificate: string;
    readonly key: string;
    readonly certificateAuthority?: string;
    readonly requireClientCertificate?: boolean;
  };
  /** Files of the recorder's machine, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The value of devlink3[0].tls. */
  readonly configuration: Readonly<Record<string, string>>;
}

export function virtualTls(setting: TlsSetting, pbxAddress: string): VirtualTls {
  const { mutual } = setting;
  const certificate = serverCertificate(setting, pbxAddress);
  const authority = makeVirtualCertificate({ subject: AUTHORITY });
  const trust = trustOf(setting, certificate);
  const client = mutual === undefined || mutual === "none" ? null : clientCertificate(mutual);
  const clientPaths = { cert: `${FOLDER}/recorder.pem`, key: `${FOLDER}/recorder.key` };
  return {
    server: {
      certificate,
      key: "virtual",
      ...(mutual === undefined
        ? {}
        : { certificateAuthority: authority, requireClientCertificate: true }),
    },
    files: {
      ...trust.files,
      ...(client === null ? {} : { [clientPaths.cert]: client, [clientPaths.key]: "virtual" }),
    },
    configuration: { ...trust.configuration, ...(client === null ? {} : clientPaths) },
  };
}

export function virtualSipTls(recorderAddress: string): VirtualSipTls {
  const configuration = { cert: `${FOLDER}/sip.pem`, key: `${FOLDER}/sip.key` };
  const altNames = [recorderAddress];
  const facts = { subject: "recorder-1", issuer: AUTHORITY, altNames };
  return {
    client: { certificateAuthority: makeVirtualCertificate({ subject: AUTHORITY }) },
    files: {
      [configuration.cert]: makeVirtualCertificate(facts),
      [configuration.key]: "virtual",
    },
    configuration,
  };
}

function serverCertificate({ certificate = "good" }: TlsSetting, pbxAddress: string): string {
  return makeVirtualCertificate({
    subject: "ip-office",
    issuer: certificate === "other-authority" ? OTHER_AUTHORITY : AUTHORITY,
    altNames: [certificate === "other-host" ? "192.0.2.99" : pbxAddress],
    ...(certificate === "expired" ? { notAfter: LONG_AGO_MS } : {}),
  });
}

function clientCertificate(mutual: "good" | "other-authority"): string {
  const issuer = mutual === "good" ? AUTHORITY : OTHER_AUTHORITY;
  return makeVirtualCertificate({ subject: "recorder-1", issuer });
}

interface Trust {
  readonly files: Readonly<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;
}

function trustOf({ trust = "authority" }: TlsSetting, certificate: string): Trust {
  if (trust === "authority" || trust === "other-authority") {
    const ca = `${FOLDER}/ca.pem`;
    const subject = trust === "authority" ? AUTHORITY : OTHER_AUTHORITY;
    return { files: { [ca]: makeVirtualCertificate({ subject }) }, configuration: { ca } };
  }
  const sha256 = parseVirtualCertificate(certificate)?.sha256 ?? "";
  const pinSha256 = trust === "pin" ? sha256 : sha256.replace(/./g, "0");
  return { files: {}, configuration: { pinSha256 } };
}
