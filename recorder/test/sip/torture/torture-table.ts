// What the recorder does with each message of RFC 4475 and RFC 5118: the answer on UDP, or null
// for silence. Expectations follow the RFC's own words for a user agent server that takes calls
// and nothing else (no REGISTER, no MESSAGE: 405). `why` says which words, where it is not plain.

export interface TortureCase {
  readonly name: string;
  readonly section: string;
  /** Start line of the answer without the version; null: dropped, as every stray response is. */
  readonly status: number | null;
  readonly why: string;
  /** Headers that the answer must have. */
  readonly headers?: readonly string[];
  /** Sent with a Content-Length that tells the truth. */
  readonly withTrueLength?: boolean;
}

function row(
  section: string,
  name: string,
  status: number | null,
  why: string,
  more: Pick<TortureCase, "headers" | "withTrueLength"> = {},
): TortureCase {
  return { section, name, status, why, ...more };
}

const ALLOW = { headers: ["Allow"] };

/** RFC 4475 §3.1.1 (valid), §3.1.2 (invalid), §3.2 – §3.4 (transaction, application, old). */
export const RFC_4475: readonly TortureCase[] = [
  row("3.1.1.1", "wsinv", 481, "well-formed; its To has a tag of a dialog that is not ours"),
  row("3.1.1.2", "intmeth", 405, "well-formed; a method that we do not know", ALLOW),
  row("3.1.1.3", "esc01", 200, "well-formed INVITE"),
  row("3.1.1.4", "escnull", 405, "well-formed; no registrar here", ALLOW),
  row("3.1.1.5", "esc02", 405, "the method is RE%47IST%45R, not REGISTER", ALLOW),
  row("3.1.1.6", "lwsdisp", 200, "well-formed without space before <"),
  row("3.1.1.7", "longreq", 200, "well-formed, long; the branch of old says nothing"),
  row("3.1.1.8", "dblreq", 405, "one datagram is one message; what follows is ignored", ALLOW),
  row("3.1.1.9", "semiuri", 200, "semicolons belong to the user part"),
  row("3.1.1.10", "transports", 200, "unknown transports in Via are only words"),
  row("3.1.1.11", "mpart01", 405, "well-formed MESSAGE; not a method of ours", ALLOW),
  row("3.1.1.12", "unreason", null, "a response to nothing"),
  row("3.1.1.13", "noreason", null, "a response to nothing"),
  row("3.1.2.1", "badinv01", 400, "empty Via parameters; answered to the source"),
  row("3.1.2.2", "clerr", 400, "Content-Length larger than the datagram"),
  row("3.1.2.3", "ncl", 400, "negative Content-Length"),
  row("3.1.2.4", "scalar02", 400, "CSeq and others beyond their range"),
  row("3.1.2.5", "scalarlg", null, "a response beyond its ranges"),
  row("3.1.2.6", "quotbal", 400, "a quote of To does not end"),
  row("3.1.2.7", "ltgtruri", 400, "Request-URI in angle brackets"),
  row("3.1.2.8", "lwsruri", 400, "white space in the Request-URI"),
  row("3.1.2.9", "lwsstart", 400, "more than one space in the request line"),
  row("3.1.2.10", "trws", 400, "spaces after the version"),
  row("3.1.2.11", "escruri", 400, "a Request-URI has no headers"),
  row("3.1.2.12", "baddate", 400, "a Date that is not GMT"),
  row("3.1.2.13", "regbadct", 400, "a Contact with ? needs angle brackets"),
  row("3.1.2.14", "badaspec", 400, "spaces within < >"),
  row("3.1.2.15", "baddn", 400, "a display name that needs quotes"),
  row("3.1.2.16", "badvers", 505, "SIP/7.0; answered to the source, for its Via is 7.0 too"),
  row("3.1.2.17", "mismatch01", 400, "CSeq names another method"),
  row("3.1.2.18", "mismatch02", 400, "CSeq names another method, and the method is unknown"),
  row("3.1.2.19", "bigcode", null, "a response with an impossible status"),
  row("3.2.1", "badbranch", 200, "a branch that is only the cookie is matched as in RFC 2543"),
  row("3.3.1", "insuf", 400, "Call-ID, From and To are missing"),
  row("3.3.2", "unkscm", 416, "a scheme that nobody knows"),
  row("3.3.3", "novelsc", 416, "a registered scheme that is not SIP"),
  row("3.3.4", "unksm2", 405, "other schemes in To and Contact are only words; REGISTER", ALLOW),
  row("3.3.5", "bext01", 420, "Require of what nobody supports", { headers: ["Unsupported"] }),
  row("3.3.6", "invut", 415, "a body of unknown type", { headers: ["Accept"] }),
  row("3.3.7", "regaut01", 405, "an unknown authorization scheme is ignored; REGISTER", ALLOW),
  row("3.3.8", "multi01", 400, "From, To, CSeq and others stand there twice"),
  row("3.3.9", "mcl01", 400, "two Content-Lengths"),
  row("3.3.10", "bcast", null, "a response; a broadcast address is never sent to"),
  row("3.3.11", "zeromf", 483, "Max-Forwards 0: an endpoint may go on; this one answers 483"),
  row("3.3.12", "cparam01", 405, "REGISTER", ALLOW),
  row("3.3.13", "cparam02", 405, "REGISTER", ALLOW),
  row("3.3.14", "regescrt", 405, "REGISTER", ALLOW),
  row("3.3.15", "sdp01", 406, "the caller would not read SDP"),
  row("3.4.1", "inv2543", 200, "an INVITE of RFC 2543: no branch, no tag, no Max-Forwards"),
];

/** RFC 5118 §4. Three bodies are printed with a Content-Length of another form: sent both ways. */
export const RFC_5118: readonly TortureCase[] = [
  row("4.1", "ipv6-good", 405, "well-formed REGISTER", ALLOW),
  row("4.2", "ipv6-bad", 400, "an IPv6 address without brackets"),
  row("4.3", "port-ambiguous", 405, "well-formed: 5070 is the address's last group", ALLOW),
  row("4.4", "port-unambiguous", 405, "well-formed REGISTER", ALLOW),
  row("4.5", "via-received-param-with-delim", 481, "received in brackets; BYE of no dialog"),
  row("4.5", "via-received-param-no-delim", 200, "received without brackets"),
  row("4.6", "ipv6-in-sdp", 400, "printed with 268 bytes of body where 251 are"),
  row("4.6", "ipv6-in-sdp", 488, "G.726 and video only", { withTrueLength: true }),
  row("4.7", "mult-ip-in-header", 481, "BYE of no dialog"),
  row("4.8", "mult-ip-in-sdp", 200, "audio by IPv4 is taken, video by IPv6 rejected"),
  row("4.8", "mult-ip-in-sdp", 200, "as above", { withTrueLength: true }),
  row("4.9", "ipv4-mapped-ipv6", 488, "G.726 and video only; mapped addresses are read"),
  row("4.9", "ipv4-mapped-ipv6", 488, "as above", { withTrueLength: true }),
  row("4.10", "ipv6-bug-abnf-3-colons", 200, "three colons must be tolerated"),
  row("4.10", "ipv6-correct-abnf-2-colons", 200, "well-formed OPTIONS"),
];
