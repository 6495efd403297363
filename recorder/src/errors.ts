// The one table of coded errors: what each means and what to do about it. A code is never reused
// or renamed. errors.md is generated from this table.

export interface ErrorDescription {
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What the administrator can do, one sentence. */
  readonly remedy: string;
}

const TABLE = {
  // Configuration and start.
  CONFIG_UNREADABLE: {
    meaning: "The configuration file cannot be read or is not valid YAML.",
    remedy: "Check the path, its permissions, and the line that the message names.",
  },
  CONFIG_INVALID: {
    meaning: "The configuration has values that cannot be used.",
    remedy: "Correct each listed path; `tapeline-recorder check-config` lists them all.",
  },
  PORT_IN_USE: {
    meaning: "Another program already uses the port.",
    remedy: "Stop that program (`ss -lunpt`) or configure another port.",
  },
  PORT_NOT_PERMITTED: {
    meaning: "This user may not open the port.",
    remedy: "Use a port above 1023, or grant CAP_NET_BIND_SERVICE.",
  },
  ADDRESS_NOT_LOCAL: {
    meaning: "The address to bind is not an address of this machine.",
    remedy: "Set recorder.bind to a local address; recorder.address may differ behind NAT.",
  },
  DIRECTORY_NOT_WRITABLE: {
    meaning: "A directory cannot be created or written.",
    remedy: "Create it, or give the recorder's user write permission.",
  },
  RECEIVE_BUFFER_SMALL: {
    meaning: "The kernel granted a smaller receive buffer than wanted; packets may be dropped.",
    remedy: "Run `sysctl -w net.core.rmem_max=4194304` and make it permanent in /etc/sysctl.d.",
  },
  CLOCK_STEPPED: {
    meaning: "The wall clock jumped.",
    remedy: "Check the time service (chrony, systemd-timesyncd); audio positions are not affected.",
  },
  RELOAD_REFUSED: {
    meaning: "The configuration was to be reloaded, but the file has problems.",
    remedy: "The old one stays in force; correct each listed path and reload again.",
  },
  RELOAD_FAILED: {
    meaning: "A part of the recorder could not take the new configuration.",
    remedy: "It keeps what it had; see the detail, correct the cause and reload again.",
  },
  // Media.
  RTP_AMBIGUOUS: {
    meaning: "RTP arrived that several calls of the same address could own.",
    remedy: "Configure rtp.range, so that each call has a port of its own.",
  },
  SRTP_UNAUTHENTIC: {
    meaning: "Encrypted RTP came that none of the keys in the call's SIP fits; it is not recorded.",
    remedy:
      "Look for something that rewrites SIP or RTP on the way, and compare the IP Office's " +
      "VoIP Security settings with the a=crypto lines of its INVITE.",
  },
  RTP_STRAY: {
    meaning: "RTP arrived that belongs to no call.",
    remedy: "None needed if rare; otherwise look for a second sender or a leftover call.",
  },
  RTP_PORTS_EXHAUSTED: {
    meaning: "All ports of rtp.range are in use.",
    remedy: "Enlarge rtp.range to two ports for each call expected at once.",
  },
  MEDIA_PLANE_FAILED: {
    meaning: "The media plane stopped unexpectedly.",
    remedy: "The recorder ends and recovers at its next start; send a support bundle.",
  },
  WRITE_BEHIND_FULL: {
    meaning: "The live directory takes writes too slowly; audio had to be dropped.",
    remedy: "Check the disk of live.directory; it must take 8,000 bytes a second a recording.",
  },
  LIVE_WRITE_FAILED: {
    meaning: "Writing to the live directory failed.",
    remedy: "Check space and health of the disk of live.directory.",
  },
  LIVE_READ_FAILED: {
    meaning: "A finished recording cannot be read from the live directory.",
    remedy: "Check the disk of live.directory; storing it is tried again.",
  },
  // SIP.
  SIP_LIMIT: {
    meaning: "A limit on SIP calls was reached; the call was refused with 503.",
    remedy: "Add a recording node, or raise the limit that the message names.",
  },
  SIP_SOURCE_REFUSED: {
    meaning: "A SIP message came from an address that is not allowed.",
    remedy: "Add the address to sip.allow if it is an IP Office.",
  },
  SIP_MALFORMED: {
    meaning: "A datagram or stream on the SIP port is not SIP.",
    remedy: "None needed if rare; otherwise look for a scanner or a misconfigured sender.",
  },
  SIP_TRANSPORT_FAILED: {
    meaning: "A SIP socket failed.",
    remedy: "See the system's message; the socket is opened again.",
  },
  SIP_TLS_REFUSED: {
    meaning: "A TLS handshake on the SIP port failed; the caller was refused.",
    remedy:
      "See the detail: TLS 1.2 is the oldest version accepted, and sip.tls.ca must have signed the caller's certificate when one is required.",
  },
  TLS_FILE_UNUSABLE: {
    meaning: "A certificate or key file cannot be used; new connections keep the one before it.",
    remedy: "Check that the file is whole PEM and that key and certificate belong together.",
  },
  // DevLink3.
  DEVLINK3_UNREACHABLE: {
    meaning: "The IP Office's DevLink3 port cannot be reached.",
    remedy: "Check host and port (50797, with TLS 50796), the firewall, and the PBX's service.",
  },
  DEVLINK3_AUTHENTICATION_FAILED: {
    meaning: "The IP Office refused user or password.",
    remedy:
      "Correct devlink3.user and devlink3.password, then reload; no retry is made because the IP Office locks accounts.",
  },
  DEVLINK3_LIMITS_EXCEEDED: {
    meaning: "All DevLink3 connections of the IP Office are in use.",
    remedy: "Close another DevLink3 program; at most 3 may be connected.",
  },
  DEVLINK3_RETRY_LATER: {
    meaning: "The IP Office asked to try again later.",
    remedy: "None: the recorder tries again by itself.",
  },
  DEVLINK3_LICENCE_MISSING: {
    meaning: "The IP Office has no licence for DevLink3.",
    remedy: "Add a CTI Link Pro licence on the IP Office.",
  },
  DEVLINK3_LICENCE_INSUFFICIENT: {
    meaning: "The licence does not cover -SCN; events of this node only are received.",
    remedy: "Add CTI Link Pro licences, or set devlink3.scn to false.",
  },
  DEVLINK3_PLAIN_REFUSED: {
    meaning: "The IP Office asked for the password in clear on a connection without TLS.",
    remedy: "Set devlink3.tls to true.",
  },
  DEVLINK3_TLS_FAILED: {
    meaning: "The TLS handshake with the IP Office failed.",
    remedy: "See the detail: trust its certificate with devlink3.tls.ca or devlink3.tls.pinSha256.",
  },
  DEVLINK3_CERTIFICATE_UNTRUSTED: {
    meaning: "The IP Office's certificate is not signed by an authority that is trusted.",
    remedy:
      "Name the authority's certificate in devlink3.tls.ca, or the certificate itself in devlink3.tls.pinSha256.",
  },
  DEVLINK3_CERTIFICATE_EXPIRED: {
    meaning: "The IP Office's certificate, or its authority's, has expired or is not valid yet.",
    remedy:
      "Renew it on the IP Office (security settings, Certificates), and check the clocks of both sides.",
  },
  DEVLINK3_CERTIFICATE_HOSTNAME: {
    meaning: "The IP Office's certificate is for another name or address.",
    remedy:
      "Set devlink3.host to a name that the detail lists, issue a certificate for the present one, or use devlink3.tls.pinSha256.",
  },
  DEVLINK3_PIN_MISMATCH: {
    meaning: "The IP Office shows another certificate than the pinned one.",
    remedy:
      "If the IP Office's certificate was changed on purpose, put the SHA-256 that the detail names into devlink3.tls.pinSha256; otherwise find out who answers there.",
  },
  DEVLINK3_CLIENT_CERTIFICATE_REFUSED: {
    meaning: "The IP Office does not accept this recorder's certificate, or misses one.",
    remedy:
      "Give devlink3.tls.cert and devlink3.tls.key of a certificate that stands in the IP Office's certificate store.",
  },
  DEVLINK3_TLS_VERSION: {
    meaning: "The IP Office speaks no TLS version that is safe; 1.2 is the oldest accepted.",
    remedy: "Raise the IP Office's minimum protocol version to TLS 1.2 (security settings).",
  },
  DEVLINK3_INTEGRITY_LOST: {
    meaning: "The DevLink3 byte stream was damaged.",
    remedy: "None: the recorder reconnects and asks for all calls again.",
  },
  DEVLINK3_EVENTS_LOST: {
    meaning: "The DevLink3 event counter has a gap.",
    remedy: "None: the recorder reconnects and asks for all calls again.",
  },
  DEVLINK3_SILENT: {
    meaning: "The IP Office did not answer a test packet in 10 s.",
    remedy: "Check the network path; the recorder reconnects.",
  },
  DEVLINK3_CONNECTION_LOST: {
    meaning: "The IP Office ended the DevLink3 connection.",
    remedy: "None: the recorder reconnects; check the network path if it happens often.",
  },
  DEVLINK3_REFUSED: {
    meaning: "The IP Office refused the DevLink3 login or event stream; no retry is made.",
    remedy: "See the detail for the result code, correct the cause, then reload.",
  },
  DEVLINK3_FLAGS_REFUSED: {
    meaning: "The IP Office does not grant all DevLink3 event flags that were asked for.",
    remedy: "Without -SIPTrack recordings are associated by weaker evidence; see the detail.",
  },
  DEVLINK3_BUILD_UNSUPPORTED: {
    meaning: "The IP Office's software build is older than 23.",
    remedy: "Upgrade the IP Office; the recorder goes on without promise.",
  },
  RECORDING_CONTROL_UNAVAILABLE: {
    meaning: "This IP Office offers no recording control that this recorder may use.",
    remedy: "Calls that the IP Office sends anyway are recorded and associated.",
  },
  // Capacity.
  VCM_SHORT: {
    meaning: "An IP Office is about to run out of VCM channels (R16).",
    remedy: "Add VCM cards, or record fewer calls at a time; `testbed size` does the sum.",
  },
  BANDWIDTH_SHORT: {
    meaning: "The recordings are about to fill the line to the recorder.",
    remedy: "Widen the line, or set recorder.recordFromBeginning to false and use rules.",
  },
  EXPORTS_BUSY: {
    meaning: "Too much audio is being decoded for other exports.",
    remedy: "Try again in 10 s, or ask for format=spx, which needs no decoding.",
  },
  // Storage.
  ENCODER_MISSING: {
    meaning: "No Speex encoder can be run.",
    remedy: "Install the Debian package `speex`, or set encoder.command.",
  },
  ENCODER_FAILED: {
    meaning: "The Speex encoder failed on a recording.",
    remedy: "The .ul stays and encoding is tried again; see the detail for the encoder's words.",
  },
  VERIFICATION_FAILED: {
    meaning: "The Speex file does not match the recording it was made from.",
    remedy: "The .ul stays and encoding is tried again; check the encoder's version.",
  },
  DRIVE_FULL: {
    meaning: "A drive of a pool is full.",
    remedy: "Add a drive to the pool, or shorten deleteAfterDays.",
  },
  DRIVE_FAILED: {
    meaning: "A drive of a pool cannot be written.",
    remedy: "Check its mount and health; recordings go to the next drive.",
  },
  POOL_FULL: {
    meaning: "All drives of a pool are full; recordings stay in the live directory.",
    remedy: "Add space now: the live directory fills at 8,000 bytes a second a recording.",
  },
  SPACE_LOW: {
    meaning: "Space for few hours of recording is left.",
    remedy: "Add a drive or free space before it runs out; alarmHours sets when this is said.",
  },
  RETENTION_FAILED: {
    meaning: "A recording whose time is over could not be erased.",
    remedy: "None: it is tried again every hour; see the detail for the drive.",
  },
  LIVE_DIRECTORY_LOCKED: {
    meaning: "Another recorder uses this live directory.",
    remedy: "Stop the other one, or give each recorder a live.directory of its own.",
  },
  WEBHOOK_FAILED: {
    meaning: "A webhook did not take a message.",
    remedy: "Check its url and the receiver; the message is sent again for a week.",
  },
  LIVE_AUDIO_TORN: {
    meaning: "A crash took audio that was not yet on the disk, most often a loss of power.",
    remedy: "Its place is silence and a gap of cause `restart`; a UPS keeps those last seconds.",
  },
  JOURNAL_DAMAGED: {
    meaning: "A journal has lines that cannot be read.",
    remedy: "The readable lines are used; send a support bundle if the disk is healthy.",
  },
  CATALOG_FAILED: {
    meaning: "The catalog cannot be written.",
    remedy: "Recording goes on; run `tapeline-recorder reindex` when the disk is mended.",
  },
  RULES_UNREADABLE: {
    meaning: "The saved rules (state/rules.json) cannot be used.",
    remedy: "Correct the file, or remove it: then the configuration's rules count again.",
  },
  STATE_WRITE_FAILED: {
    meaning: "A state file cannot be written.",
    remedy: "Check space and permissions of state.directory.",
  },
  BUNDLE_TOO_LARGE: {
    meaning: "The support bundle would be larger than its limit.",
    remedy: "Narrow it by --from and --to or by --recording, or raise --limit.",
  },
  BUNDLE_FAILED: {
    meaning: "The support bundle cannot be written.",
    remedy: "Check space and permissions where --out points.",
  },
  WEBRTC_UNAVAILABLE: {
    meaning: "Live audio over WebRTC is not to be had.",
    remedy: "Listen over WebSocket; see http.webrtc of the configuration for engine and ports.",
  },
  LISTEN_NO_KEY: {
    meaning: "There is no API key to listen with.",
    remedy:
      "Put a supervisor's key into a file and give it with --key-file, or set TAPELINE_KEY; " +
      "`tapeline-recorder key create --role supervisor --name NAME` makes one.",
  },
  LISTEN_FAILED: {
    meaning: "The recorder cannot be reached for listening.",
    remedy: "Check --url (http.host and http.port of the configuration) and that it runs.",
  },
  LISTEN_REFUSED: {
    meaning: "The recorder does not let this key listen.",
    remedy: "Use a key of role supervisor or above that has not been deleted.",
  },
  LISTEN_NO_STREAM: {
    meaning: "There is no such live stream within the key's scope.",
    remedy: "Name a live stream id, recordingKey, extension or agent of a call that goes on now.",
  },
  LISTEN_LIMIT: {
    meaning: "Too many listen already.",
    remedy: "Try again later, or raise http.maximumListeners or http.maximumListenersPerStream.",
  },
  LISTEN_LOST: {
    meaning: "The connection to the recorder was lost while listening.",
    remedy: "Start it again; the recording itself goes on without listeners.",
  },
} as const satisfies Record<string, ErrorDescription>;

export type ErrorCode = keyof typeof TABLE;

export const ERRORS: Readonly<Record<ErrorCode, ErrorDescription>> = TABLE;

/** An operating failure with a code of the table. Exactly one owner handles it. */
export class RecorderError extends Error {
  override readonly name = "RecorderError";
  readonly code: ErrorCode;
  /** What was concerned: a path, an address, the system's words. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${ERRORS[code].meaning} (${detail}) ${ERRORS[code].remedy}`, options);
    this.code = code;
    this.detail = detail;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }
}

/** The `code` of a system error ("ENOSPC"), or null. */
export function systemCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** What failed, for a line of the log: "ENOSPC: no space left on device". */
export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  return code === null ? words : `${code}: ${words}`;
}
