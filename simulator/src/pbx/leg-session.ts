// An answered recording leg until its end: hold and retrieve by re-INVITE, session refresh by
// UPDATE or re-INVITE, and the answers to what the recorder sends in the dialog.
// RFC 3261 §14; RFC 3311; RFC 4028 §7, §8, §9.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { headerValue } from "../wire/sip.ts";
import type { SipHeader, SipRequest, SipResponse } from "../wire/sip.ts";
import { parseSessionExpires } from "../wire/sip-values.ts";
import { checkSessionExpires } from "./answer-check.ts";
import type { LegMedia } from "./leg-media.ts";
import type { LegSignalling } from "./leg-signalling.ts";
import type { PbxChance } from "./pbx-chance.ts";
import { SessionRefresh } from "./session-refresh.ts";
import type { SipOddities } from "./sip-oddities.ts";
import { ALLOW, responseTo } from "./sip-responses.ts";
import type { SipTarget } from "./sip-transport.ts";

/** A re-INVITE that met another one is repeated after 2.1 to 4 s (RFC 3261 §14.1). */
const GLARE_MIN_MS = 2100;
const GLARE_SPREAD_MS = 1900;
/** Q.850 causes of a BYE by the session itself: recovery on timer expiry, temporary failure. */
const CAUSE_TIMER = 102;
const CAUSE_TEMPORARY = 41;
/** Of one whose keys will not do: incompatible destination. */
export const CAUSE_INCOMPATIBLE = 88;

export interface LegSessionOptions {
  readonly oddities: SipOddities;
  readonly signalling: LegSignalling;
  readonly media: LegMedia;
  readonly chance: PbxChance;
  readonly clock: Clock;
  /** The session cannot go on: BYE with this cause. */
  readonly onBroken: (cause: number) => void;
}

export class LegSession {
  readonly #options: LegSessionOptions;
  readonly #refresh: SessionRefresh;
  #isUp = false;
  #isWantedHeld = false;
  #isNegotiating = false;
  #glare: Timer | null = null;
  #refreshCount = 0;
  #expiresSeconds: number | null;
  #recorderMethods: readonly string[] = [];

  constructor(options: LegSessionOptions) {
    this.#options = options;
    this.#expiresSeconds = options.oddities.sessionExpires?.seconds ?? null;
    this.#refresh = new SessionRefresh(options.clock, {
      onRefreshDue: () => this.#sendRefresh(),
      onSessionExpired: () => {
        if (!options.oddities.silentOnRequests) {
          options.signalling.note("the recorder has not refreshed the session in time");
        }
        options.onBroken(CAUSE_TEMPORARY);
      },
    });
  }

  /** Session-Expires for INVITE and UPDATE. */
  expiresHeaders(): SipHeader[] {
    const seconds = this.#expiresSeconds;
    if (seconds === null) return [];
    const value = `${seconds};refresher=${this.#refresherWord()}`;
    return [{ name: "Session-Expires", value }];
  }

  /** A 422 asks for a longer interval; false = no reason to try again.  RFC 4028 §7.3 */
  lengthenInterval(response: SipResponse): boolean {
    const minimum = Number.parseInt(headerValue(response, "Min-SE") ?? "", 10);
    if (this.#expiresSeconds === null || !(minimum > this.#expiresSeconds)) return false;
    this.#expiresSeconds = minimum;
    return true;
  }

  /** The INVITE was answered. */
  start(response: SipResponse): void {
    this.#isUp = true;
    const allow = headerValue(response, "Allow") ?? "";
    this.#recorderMethods = allow.split(",").map((method) => method.trim());
    this.#startRefresh(response);
    if (!this.#isWantedHeld) return;
    this.#options.media.setHeld(true);
    this.#negotiate();
  }

  /** No message of the session comes after this. */
  stop(): void {
    this.#isUp = false;
    this.#glare?.cancel();
    this.#refresh.stop();
  }

  hold(): void {
    if (this.#isWantedHeld) return;
    this.#isWantedHeld = true;
    this.#options.media.setHeld(true);
    this.#negotiate();
  }

  retrieve(): void {
    if (!this.#isWantedHeld) return;
    this.#isWantedHeld = false;
    this.#negotiate();
  }

  /** UPDATE or re-INVITE of the recorder. */
  answer(request: SipRequest, source: SipTarget): SipResponse {
    const { signalling } = this.#options;
    if (request.method === "INVITE" && this.#isNegotiating) {
      return responseTo(request, source, { status: 491, reason: "Request Pending" });
    }
    const headers: SipHeader[] = [
      { name: "Contact", value: `"IP Office" <${signalling.dialog.contactUri}>` },
      { name: "Allow", value: ALLOW },
      { name: "Supported", value: "timer" },
      ...this.#acceptRefresh(request),
    ];
    const hasOffer = request.body.length > 0;
    if (hasOffer && !signalling.applyDescription(request.body, "offer")) {
      return responseTo(request, source, { status: 488, reason: "Not Acceptable Here" });
    }
    const needsBody = hasOffer || request.method === "INVITE";
    if (needsBody) headers.push({ name: "Content-Type", value: "application/sdp" });
    return responseTo(request, source, {
      status: 200,
      reason: "OK",
      headers,
      body: needsBody ? signalling.sdp(hasOffer ? "answer" : "offer") : new Uint8Array(0),
    });
  }

  /** "sendonly" hold repeats the direction that a recording leg has anyway, as a new version. */
  #negotiate(): void {
    const { oddities, media, signalling } = this.#options;
    if (!this.#isUp || this.#isNegotiating) return;
    if (oddities.holdBy === "silence") {
      media.setHeld(this.#isWantedHeld);
      return;
    }
    signalling.describe({
      direction: this.#isWantedHeld && oddities.holdBy === "inactive" ? "inactive" : "sendonly",
      isZeroAddress: this.#isWantedHeld && oddities.holdBy === "zero-address",
    });
    this.#sendReinvite();
  }

  #sendReinvite(): void {
    const { signalling } = this.#options;
    const isHold = this.#isWantedHeld;
    this.#isNegotiating = true;
    const headers = this.expiresHeaders();
    const invite = signalling.dialog.request("INVITE", { headers, sdp: signalling.sdp("offer") });
    signalling.send(invite, {
      onResponse: (response) => this.#onReinviteResponse(invite, response, isHold),
      onTimeout: () => this.#onFailed("INVITE", 408),
      onTransportError: (detail) => this.#onUnsent("INVITE", detail),
    });
  }

  #onReinviteResponse(invite: SipRequest, response: SipResponse, isHold: boolean): void {
    const { status } = response;
    const { signalling, media, onBroken } = this.#options;
    if (status < 200) return;
    if (status >= 300) {
      this.#onFailed("INVITE", status);
      return;
    }
    if (signalling.acknowledge(invite, response)) return;
    if (!this.#isUp) {
      // "If … the UAC does not want to continue with that dialog, then the UAC MUST terminate the
      // dialog by sending a BYE": of a recorder that has forgotten its own.  RFC 3261 §13.2.2.4
      if (signalling.hasByeCome()) signalling.sendBye(CAUSE_TEMPORARY);
      return;
    }
    this.#isNegotiating = false;
    if (!signalling.applyDescription(response.body, "answer")) {
      onBroken(CAUSE_INCOMPATIBLE);
      return;
    }
    this.#startRefresh(response);
    if (this.#isWantedHeld === isHold) media.setHeld(isHold);
    else this.#negotiate();
  }

  /** "treated as … a 503 (Service Unavailable) status code": the dialog goes on.  §8.1.3.1 */
  #onUnsent(method: "INVITE" | "UPDATE", detail: string): void {
    const { signalling, media } = this.#options;
    if (!this.#isUp) return;
    if (method === "INVITE") this.#isNegotiating = false;
    signalling.unsent(method, detail);
    media.setHeld(this.#isWantedHeld);
  }

  #onFailed(method: "INVITE" | "UPDATE", status: number): void {
    const { signalling, media, chance, clock, onBroken } = this.#options;
    if (!this.#isUp) return;
    if (method === "INVITE") this.#isNegotiating = false;
    if (status === 491) {
      const delayMs = GLARE_MIN_MS + chance.below(GLARE_SPREAD_MS);
      this.#glare = clock.setTimer("pbx.sip.glare", delayMs, () => {
        if (method === "INVITE") this.#negotiate();
        else this.#sendRefresh();
      });
      return;
    }
    signalling.note(`${method} within the dialog was answered with ${status}`);
    // "408 … or 481 … SHOULD terminate the dialog"  RFC 3261 §12.2.1.2
    if (status === 408 || status === 481) onBroken(CAUSE_TIMER);
    else media.setHeld(this.#isWantedHeld);
  }

  #refresherWord(): "uac" | "uas" {
    return this.#options.oddities.sessionExpires?.refresher === "recorder" ? "uas" : "uac";
  }

  #startRefresh(response: SipResponse): void {
    const wanted = this.#options.oddities.sessionExpires;
    if (wanted === null || this.#expiresSeconds === null) return;
    const asked = { seconds: this.#expiresSeconds, refresher: this.#refresherWord() };

    for (const problem of checkSessionExpires(response, asked)) {
      this.#options.signalling.note(problem);
    }
    const answered = parseSessionExpires(headerValue(response, "Session-Expires") ?? "");
    // Without the field in the 2xx there is no session timer.  RFC 4028 §7.2
    if (answered.ok) this.#refresh.start(answered.value.seconds, wanted.refresher);
  }

  /** Alternates between UPDATE, where the recorder allows it, and re-INVITE. */
  #sendRefresh(): void {
    const { signalling } = this.#options;
    // A negotiation under way refreshes by itself.
    if (!this.#isUp || this.#isNegotiating) return;
    this.#refreshCount += 1;
    if (!this.#recorderMethods.includes("UPDATE") || this.#refreshCount % 2 === 0) {
      this.#sendReinvite();
      return;
    }
    const update = signalling.dialog.request("UPDATE", { headers: this.expiresHeaders() });
    signalling.send(update, {
      onResponse: (response) => {
        if (response.status < 200 || !this.#isUp) return;
        if (response.status < 300) this.#startRefresh(response);
        else this.#onFailed("UPDATE", response.status);
      },
      onTimeout: () => this.#onFailed("UPDATE", 408),
      onTransportError: (detail) => this.#onUnsent("UPDATE", detail),
    });
  }

  /** Takes a refresh of the recorder.  RFC 4028 §9 */
  #acceptRefresh(request: SipRequest): SipHeader[] {
    const expires = parseSessionExpires(headerValue(request, "Session-Expires") ?? "");
    if (!expires.ok) return [];
    const { seconds } = expires.value;
    const refresher = expires.value.refresher ?? "uac";
    this.#refresh.start(seconds, refresher === "uac" ? "recorder" : "pbx");
    const value = `${seconds};refresher=${refresher}`;
    const required = { name: "Require", value: "timer" };
    return [{ name: "Session-Expires", value }, ...(refresher === "uac" ? [required] : [])];
  }
}
