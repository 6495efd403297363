// Every figure that a reading is compared with, and who says so. One table, so that the report, the
// judges and the README cannot differ.
import type { ItemThreshold } from "@tapeline/reports";

const COMPULSORY = "the PBX vendor's compulsory network assessment";
const ADVICE = "the PBX vendor's general advice";
const ALARM = "the PBX vendor's alarm defaults";

/** A limit that a reading must stay below. */
export interface Limit extends ItemThreshold {
  readonly value: number;
}

/** Below: pass. From `warn` on: warn. From `fail` on: fail. */
export interface Limits {
  readonly warn: Limit;
  readonly fail: Limit;
}

export const LOSS: Limits = {
  warn: { value: 0.002, text: "≤ 0.2 %", source: ADVICE },
  fail: { value: 0.03, text: "< 3 %", source: COMPULSORY },
};

export const ONE_WAY_DELAY_MS: Limits = {
  warn: { value: 50, text: "< 50 ms", source: ADVICE },
  fail: { value: 150, text: "< 150 ms", source: COMPULSORY },
};

export const ROUND_TRIP_MS: Limits = {
  warn: { value: 160, text: "< 160 ms", source: `${ALARM}, high quality` },
  fail: { value: 350, text: "< 350 ms", source: ALARM },
};

export const JITTER_MS: Limits = {
  warn: { value: 10, text: "< 10 ms", source: `ours: half of the 20 ms of ${ADVICE}` },
  fail: { value: 20, text: "< 20 ms", source: `${ADVICE}; ${ALARM}` },
};

/** "Some users dissatisfied" begins at R 80, "many" at R 70. */
export const LISTENING_MOS: Limits = {
  warn: { value: 4.03, text: "≥ 4.03 (R 80)", source: "ITU-T G.107 Annex B, users satisfied" },
  fail: { value: 3.6, text: "≥ 3.60 (R 70)", source: "ITU-T G.107 Annex B, some dissatisfied" },
};

export const ANSWER_MS: Limits = {
  warn: { value: 2_000, text: "< 2 s", source: "ours: half of the PBX's give-up time" },
  fail: {
    value: 4_000,
    text: "< 4 s",
    source: "the PBX's give-up time for an outgoing SIP call, 4 s by default",
  },
};

export const ANSWERED: ItemThreshold = {
  text: "answered with 200",
  source: "RFC 3261 §11.2, §13.3.1.4",
};
export const OPEN_PORT: ItemThreshold = {
  text: "connection accepted",
  source: "DevLink3: TCP 50797, TLS 50796",
};
export const VIA_UNTOUCHED: ItemThreshold = {
  text: "our Via comes back as sent, plus received and rport",
  source: "RFC 3261 §8.2.6.2, RFC 3581 §4",
};
export const UNTOUCHED: ItemThreshold = {
  text: "received as sent",
  source: "RFC 3261 §16.6: what lies between may not change it",
};
export const REACHABLE_ADDRESS: ItemThreshold = {
  text: "neither loopback nor wildcard, and the address that was dialled",
  source: "requirement R12: the library's actual address",
};
export const INVITE_BYTES: ItemThreshold = {
  text: "1,400 bytes arrive over UDP",
  source: "RFC 3261 §18.1.1: 1,300 bytes fit every path; INVITEs with tracking headers are longer",
};
export const PATH_MTU_BYTES: ItemThreshold = {
  text: "1,500 bytes, and fragments pass",
  source: "RFC 894 (Ethernet); RFC 3261 §18.1.1",
};
export const REVERSE_BYE: ItemThreshold = {
  text: "the recorder's BYE arrives",
  source: "RFC 4028 §10, RFC 3261 §13.3.1.4",
};
export const NAT_IDLE_SECONDS: ItemThreshold = {
  text: "a UDP mapping outlives 60 s of silence",
  source: "RFC 4787 REQ-5: not below 2 min; measured to 60 s",
};
export const SAME_SOURCE: ItemThreshold = {
  text: "answers come from where we sent to",
  source: "RFC 3261 §18.2.2, RFC 3581 §4",
};
export const OUT_OF_ORDER = {
  value: 0.005,
  text: "≤ 0.5 % overtaken",
  source: "ours: a network without balancing by packet reorders nothing (RFC 4737)",
} as const;
export const DSCP_KEPT: ItemThreshold = {
  text: "EF (46) arrives as EF",
  source: "RFC 3246, RFC 4594 §4.1",
};
export const CLOCK_OFFSET_MS: Limits = {
  warn: { value: 2_000, text: "< 2 s", source: "ours: twice the resolution of a SIP Date" },
  fail: {
    value: 60_000,
    text: "< 1 min",
    source: "ours: times of calls and recordings must be comparable",
  },
};
export const CERTIFICATE_DAYS: ItemThreshold = {
  text: "valid for 30 more days, and trusted",
  source: "RFC 5280 §4.1.2.5, §6; 30 days: ours",
};
export const LOGIN: ItemThreshold = { text: "login accepted", source: "DevLink3, authentication" };

/** Pass, warn or fail of a reading that must stay below its limits. */
export function below(value: number, limits: Limits): "pass" | "warn" | "fail" {
  if (value >= limits.fail.value) return "fail";
  return value >= limits.warn.value ? "warn" : "pass";
}

/** The limit that a verdict refers to: the broken one, or the one that was kept. */
export function limitFor(verdict: "pass" | "warn" | "fail", limits: Limits): ItemThreshold {
  const { text, source } = verdict === "fail" ? limits.fail : limits.warn;
  return { text, source };
}
