// Where a validation sends: the recorder's SIP URI and the IP Office as typed, read and resolved.
// Names are resolved by the caller; from here on hosts are IP literals.
import type { SipTransportName } from "@tapeline/simulator/client";

export interface RecorderTarget {
  /** User part of the URI that is called. */
  readonly user: string;
  /** As typed. */
  readonly uri: string;
  /** An IP literal. */
  readonly host: string;
  /** "SIP Message Port" for UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** The transport that calls use. */
  readonly transport: SipTransportName;
  /** All that are tried. */
  readonly transports: readonly SipTransportName[];
  /** Those that the user named; null = none named. */
  readonly required: readonly SipTransportName[] | null;
}

export interface IpOfficeTarget {
  readonly host: string;
  /** null = not tried. */
  readonly port: number | null;
  readonly tlsPort: number | null;
  /** PEM of the authority to trust instead of the system's. */
  readonly certificateAuthority: string | null;
  /** Login; null = only reach and certificate. */
  readonly user: string | null;
  readonly password: string | null;
}

export interface ValidationTarget {
  readonly recorder: RecorderTarget;
  readonly ipOffice: IpOfficeTarget | null;
  /** The recorder's API, to compare what it received with what was sent; null = unknown. */
  readonly api: { readonly url: string; readonly key: string } | null;
}

export function portOf(recorder: RecorderTarget, transport: SipTransportName): number {
  return transport === "tls" ? recorder.tlsPort : recorder.port;
}
