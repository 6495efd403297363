// Keys of SRTP in SDP: `a=crypto` lines, those of an offer that we can take and the one that answers
// them.  RFC 4568; pure. Only over signalling that is encrypted itself (RFC 4568 §7.5).
import type { SrtpTerms } from "../ports/index.ts";
import type { SdpAttribute, SdpMedia } from "./session-description.ts";

/** One line that we can take. */
export interface SecurityDescription extends SrtpTerms {
  /** Decimal digits; the answer repeats it. */
  readonly tag: string;
  /** Of the session parameters, what the answer repeats. */
  readonly isSrtcpPlain: boolean;
}

/** Master key and master salt of both suites: 40 characters of Base64.  RFC 4568 §6.2 */
export const SRTP_KEY_BYTES = 30;
const SUITES: readonly SrtpTerms["suite"][] = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
];
const LINE = /^(\d{1,9}) +(\S+) +(\S+)((?: +\S+)*) *$/;
/** One key with an optional lifetime, and no master key identifier. */
const KEY = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^\d{1,2}|\d{1,15}))?$/;
const SRTCP_PLAIN = "UNENCRYPTED_SRTCP";

/** The first line of the stream that can be taken; null without any. */
export function securityDescriptionOf(media: SdpMedia): SecurityDescription | null {
  for (const { name, value } of media.attributes) {
    const description = name === "crypto" ? parseLine(value ?? "") : null;
    if (description !== null) return description;
  }
  return null;
}

function parseLine(value: string): SecurityDescription | null {
  const [, tag = "", named, keyText = "", parameterText = ""] = LINE.exec(value) ?? [];
  const suite = SUITES.find((known) => known === named);
  const masterKey = KEY.exec(keyText)?.[1];
  const parameters = parameterText.split(/ +/).filter((parameter) => parameter !== "");
  if (suite === undefined || masterKey === undefined) return null;
  if (!parameters.every(isUnderstood)) return null;
  return { tag, suite, masterKey, isSrtcpPlain: parameters.includes(SRTCP_PLAIN) };
}

/** A parameter that is not known forbids the line, unless a hyphen says otherwise: §6.3.7. */
function isUnderstood(parameter: string): boolean {
  return parameter === SRTCP_PLAIN || parameter.startsWith("-") || /^WSH=\d{2,9}$/.test(parameter);
}

/** Our line to the one that was taken. We send no media: the key is told because it must be. */
export function answeringLine(
  { tag, suite, isSrtcpPlain }: SecurityDescription,
  ourKey: string,
): SdpAttribute {
  const parameters = isSrtcpPlain ? ` ${SRTCP_PLAIN}` : "";
  return { name: "crypto", value: `${tag} ${suite} inline:${ourKey}${parameters}` };
}
