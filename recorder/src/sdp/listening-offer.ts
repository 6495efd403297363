// The offer of a page that wants to listen over WebRTC: one audio description that can take PCMU,
// with ICE and DTLS (RFC 8829 §5.2, RFC 8445, RFC 5763). The candidates are taken out: the recorder
// is ICE-lite and sends to nobody who has not asked it first. Pure codec.
import { parsed, refused, type Parsed } from "../parsed.ts";
import { attributeValue, parseSessionDescription } from "./session-description.ts";

export const OFFER_LIMIT_CHARACTERS = 20_000;
/** RFC 3551: the static payload type of PCMU. */
const PCMU = "0";

/** The offer without its candidates. */
export function parseListeningOffer(text: string): Parsed<string> {
  if (text.length > OFFER_LIMIT_CHARACTERS) return refused("too-long", 0, "The offer is too long.");
  const session = parseSessionDescription(text);
  if (!session.ok) return session;
  const { media } = session.value;
  const [audio] = media;
  if (audio === undefined || media.length !== 1 || audio.type !== "audio" || audio.port === 0) {
    return refused("not-one-audio", "m=", "Offer exactly one audio description.");
  }
  if (!audio.protocol.startsWith("UDP/TLS/RTP/SAVPF")) {
    return refused("no-dtls", "m=", "Offer UDP/TLS/RTP/SAVPF, as browsers do.");
  }
  if (!audio.formats.includes(PCMU)) {
    return refused("no-pcmu", "m=", "Offer PCMU (payload type 0): nothing is transcoded.");
  }
  const direction = ["sendonly", "inactive"].find((name) => attributeValue(audio, name) !== null);
  if (direction !== undefined) {
    return refused("not-receiving", `a=${direction}`, "Offer recvonly: the recorder sends.");
  }
  const missing = ["ice-ufrag", "ice-pwd", "fingerprint"].find(
    (name) => !new RegExp(`^a=${name}:\\S`, "m").test(text),
  );
  if (missing !== undefined) {
    return refused("no-ice-or-dtls", `a=${missing}`, `The offer has no a=${missing}.`);
  }
  return parsed(text.replace(/^a=(?:candidate|end-of-candidates).*\r?\n/gm, ""));
}
