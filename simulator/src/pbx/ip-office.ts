// The simulated IP Office as a whole: composition of site, calls, recordings, DevLink3 server and
// SIP caller, and the operations by which people use it. It runs on real sockets and in the virtual
// world alike: time, chance and network come by ports.
import type { Clock, TlsOptions } from "@tapeline/recorder/ports";
import { situationsOf, type CallSituation } from "./call-situations.ts";
import type { PbxCall } from "./call-state.ts";
import type { CallsDelegate } from "./call-registry.ts";
import { Calls, type PlaceCall } from "./calls.ts";
import { NO_DEVLINK3_ODDITIES, type DevLink3Oddities } from "./devlink3-oddities.ts";
import { DevLink3Server, type DevLink3Counters } from "./devlink3-server.ts";
import { Directory } from "./directory.ts";
import { Identifiers } from "./identifiers.ts";
import { newSipCaller, tenthsOfDay, vcmChannels } from "./ip-office-parts.ts";
import type { PbxObserver, PbxPorts } from "./ports.ts";
import { RecordingControl } from "./recording-control.ts";
import type { SipCallerService } from "./recording-leg.ts";
import type { SipOddities } from "./sip-oddities.ts";
import type { Site } from "./site.ts";
import type { PbxTruth, TruthLeg } from "./truth.ts";
import { TruthLog } from "./truth-log.ts";
import { Vcm } from "./vcm.ts";
import { VoicemailRecordings } from "./voicemail-recording.ts";

/** A SIP caller, and what only the real one can tell. */
type SipSide = SipCallerService & {
  violations?(): readonly string[];
  probesAnswered?(): number;
};

export interface SimulatedIpOfficeOptions {
  readonly site: Site;
  readonly listen: {
    /** Address to bind, for DevLink3, SIP and RTP. */
    readonly host: string;
    /** 0 = any free port; so for all ports here. */
    readonly devlink3Port: number;
    /** Without it there is no TLS listener. */
    readonly devlink3TlsPort?: number;
    /** Certificate and key of the DevLink3 TLS listener. */
    readonly tls?: TlsOptions;
    /** Whom to trust that is called by SIP over TLS; by default what `tls` says. */
    readonly sipTls?: TlsOptions;
    readonly sipPort: number;
    readonly rtpPortBase: number;
    /** The address in Via, Contact and SDP; by default `host`. */
    readonly advertisedHost?: string;
  };
  /** Keep every frame's payload in the truth (false for benchmarks). */
  readonly keepPayloads: boolean;
  /** Instead of the SIP caller of its own; for tests. */
  readonly sipCaller?: SipSide;
}

/** Where it listens, as `testbed pbx` prints it. */
export interface PbxAddresses {
  readonly devlink3: {
    readonly host: string;
    readonly port: number;
    readonly tlsPort?: number;
    readonly user: string;
    readonly password: string;
  };
  readonly sip: { readonly host: string; readonly port: number };
}

export class SimulatedIpOffice {
  /** What goes wrong on purpose; may be changed at any time. */
  readonly oddities: { readonly sip: SipOddities; readonly devlink3: DevLink3Oddities };
  /** What really happened. */
  readonly truth: PbxTruth;
  readonly site: Site;
  readonly #options: SimulatedIpOfficeOptions;
  readonly #nowMs: () => number;
  #lookedMs = -Infinity;
  readonly #directory: Directory;
  readonly #identifiers: Identifiers;
  readonly #clock: Clock;
  readonly #calls: Calls;
  readonly #recordings: RecordingControl;
  readonly #voicemail: VoicemailRecordings;
  readonly #server: DevLink3Server;
  readonly #sipCaller: SipSide;

  constructor(options: SimulatedIpOfficeOptions, ports: PbxPorts, observer: PbxObserver) {
    const { site, listen } = options;
    const { clock } = ports;
    const nowMs = (): number => clock.nowMs();
    this.#options = options;
    this.#nowMs = nowMs;
    this.site = site;
    const oddities = { ...NO_DEVLINK3_ODDITIES };
    const clockOffMs = (): number => oddities.clockOffMs ?? 0;
    this.#sipCaller =
      options.sipCaller ?? newSipCaller({ ...options, clockOffMs }, ports, observer);
    this.oddities = { sip: this.#sipCaller.oddities, devlink3: oddities };
    const truth = new TruthLog(nowMs);
    this.truth = truth.truth;
    const vcm = new Vcm(vcmChannels(site), nowMs, truth.truth.vcm);
    const identifiers = new Identifiers(site, ports.random);
    this.#identifiers = identifiers;
    this.#clock = clock;
    this.#directory = new Directory(site, truth.truth.voices);
    const directory = this.#directory;
    // Calls tell recordings and server; these look at the calls only when something happens.
    const calls = new Calls(
      {
        ...{ site, directory, identifiers, vcm, truth, clock },
        timestamp: () =>
          oddities.clockOffMs === null ? null : tenthsOfDay(clock.wallTimeMs() + clockOffMs()),
        recordings: () => this.#recordings.active().map(({ call }) => call.node),
      },
      this.#callsDelegate(),
    );
    this.#calls = calls;
    this.#voicemail = new VoicemailRecordings(identifiers, (event) => this.#server.publish(event));
    this.#recordings = new RecordingControl(
      { site, oddities, calls, vcm, truth, identifiers, sipCaller: this.#sipCaller, clock },
      {
        onEvent: (event) => this.#server.publish(event),
        onStatus: (fields) => this.#server.publishStatus(fields),
      },
    );
    this.#server = new DevLink3Server(
      {
        site,
        oddities,
        host: listen.host,
        port: listen.devlink3Port,
        tlsPort: listen.devlink3TlsPort,
        tls: listen.tls,
      },
      ports,
      {
        observer,
        delegate: {
          snapshot: () => [
            ...calls.snapshot(),
            ...this.#voicemail.snapshot(),
            ...this.#recordings.snapshot(),
          ],
          onRecordingRequest: (request, client) => this.#recordings.handle(request, client),
        },
      },
    );
  }

  /** Who must hear of what happens to calls: clients, Voicemail Pro, recordings. */
  #callsDelegate(): CallsDelegate {
    return {
      onEvent: (event) => this.#server.publish(event),
      onJoined: (call, end) => {
        this.#voicemail.onJoined(call);
        this.#recordings.onJoined(call, end);
      },
      onHeld: (call) => this.#recordings.onHoldChanged(call),
      onRetrieved: (call) => this.#recordings.onHoldChanged(call),
      onEndGone: (end, why) => {
        this.#voicemail.onEndGone(end);
        this.#recordings.onEndGone(end, why);
      },
      onEndMoved: (end, call) => this.#recordings.onEndMoved(end, call),
      onEndReplaced: (old, end, call) => this.#recordings.onEndReplaced(old, end, call),
      onForbidden: (call) => this.#recordings.onForbidden(call),
    };
  }

  /** Opens SIP and DevLink3. Rejects when a port is taken; then nothing stays open. */
  async start(): Promise<PbxAddresses> {
    const sip = await this.#sipCaller.start();
    try {
      const opened = await this.#server.start();
      const { user, password } = this.site.devlink3;
      const devlink3 = { host: this.#options.listen.host, ...opened, user, password };
      return { devlink3, sip };
    } catch (error) {
      await this.#sipCaller.close();
      throw error;
    }
  }

  /** Somebody calls. Throws ImpossibleAction where the site makes it impossible. */
  placeCall(call: PlaceCall): PbxCall {
    return this.#calls.placeCall(call);
  }

  /** An extension, or an outside number that is being called, answers what rings there. */
  answer(party: string): PbxCall {
    return this.#calls.answer(party);
  }

  hold(extension: string): PbxCall {
    return this.#calls.hold(extension);
  }

  retrieve(extension: string): PbxCall {
    return this.#calls.retrieve(extension);
  }

  /** Sends the extension's call on; the call stays the same. */
  blindTransfer(extension: string, to: string): PbxCall {
    return this.#calls.blindTransfer(extension, to);
  }

  /** Holds the extension's call and rings `to`; returns the consultation call. */
  supervisedTransfer(extension: string, to: string): PbxCall {
    return this.#calls.supervisedTransfer(extension, to);
  }

  /** Joins held party and consulted one; returns the call that survives. */
  completeTransfer(extension: string): PbxCall {
    return this.#calls.completeTransfer(extension);
  }

  /** The call waits in a park slot; recordings wait with it. */
  park(extension: string, slot: string): PbxCall {
    return this.#calls.park(extension, slot);
  }

  /** A user takes a parked call. */
  unpark(extension: string, slot: string): PbxCall {
    return this.#calls.unpark(extension, slot);
  }

  /** Joins held party, consulted party and the extension; returns the extension's call. */
  conference(extension: string): PbxCall {
    return this.#calls.conference(extension);
  }

  /** A user breaks into the call of another one; returns the intruder's call. */
  intrude(extension: string, into: string): PbxCall {
    return this.#calls.intrude(extension, into);
  }

  /** The user answers what rings at another phone, for a group, or anywhere (null). */
  pickUp(extension: string, from: string | null): PbxCall {
    return this.#calls.pickUp(extension, from);
  }

  /** The user takes the call on which another one talks, who is out of it. */
  steal(extension: string, from: string): PbxCall {
    return this.#calls.steal(extension, from);
  }

  /** Somebody on a call enters an account code for it. */
  chargeTo(party: string, accountCode: string): void {
    this.#calls.chargeTo(party, accountCode);
  }

  /** Private Call on or off, also in mid-call. */
  setPrivate(extension: string, isPrivate: boolean): void {
    this.#calls.setPrivate(extension, isPrivate);
  }

  /** The party says whether it may be recorded. */
  answerConsent(party: string, answer: "given" | "refused"): void {
    this.#calls.answerConsent(party, answer === "refused");
  }

  /** The party hangs up; while its call still rings, that is giving up. */
  hangUp(party: string): PbxCall {
    return this.#calls.hangUp(party);
  }

  /** A ringing phone does not want the call. */
  reject(extension: string): PbxCall {
    return this.#calls.reject(extension);
  }

  /** The party's phone rings. */
  isRinging(party: string): boolean {
    return this.#calls.isRinging(party);
  }

  /** The party is connected, and not on hold. */
  isTalking(party: string): boolean {
    return this.#calls.isTalking(party);
  }

  /** The party waits in a group's queue. */
  isQueued(party: string): boolean {
    return this.#calls.live().some((call) => call.queued !== null && call.endOf(party));
  }

  /** Voicemail has taken the party's call. */
  isAtVoicemail(party: string): boolean {
    return this.#calls
      .live()
      .some(
        (call) =>
          call.endOf(party) !== undefined &&
          call.ends.some(({ resource }) => resource?.kind === "voicemail"),
      );
  }

  /** A recording leg of this extension was answered and is up (also while paused). */
  isRecording(extension: string): boolean {
    return this.#recordings
      .active()
      .some((each) => each.isUp && each.options.end.person.party === extension);
  }

  /** A recording leg of this extension exists: being dialled, or up. */
  hasLeg(extension: string): boolean {
    return this.#recordings.active().some((each) => each.options.end.person.party === extension);
  }

  /** All recording legs of the call's conversation, in order. */
  legsOf(call: PbxCall): readonly TruthLeg[] {
    return this.truth.conversations[call.conversation - 1]?.legs ?? [];
  }

  /** Calls in progress. */
  activeCalls(): readonly PbxCall[] {
    return this.#calls.live();
  }

  /**
   * What its calls and their recordings are in the middle of now; "since last look" tells of
   * recordings dialled and answered in between, too.
   */
  situations(when: "now" | "since last look" = "now"): ReadonlySet<CallSituation> {
    const sinceMs = when === "now" ? null : this.#lookedMs;
    if (when === "since last look") this.#lookedMs = this.#nowMs();
    const legs = this.truth.conversations.flatMap((conversation) => conversation.legs);
    return situationsOf({
      live: this.#calls.live(),
      legsUp: this.#recordings.active().map(({ isUp }) => isUp),
      endedMs: legs.flatMap(({ endedMs }) => (endedMs === null ? [] : [endedMs])),
      dialledMs: legs.map(({ invitedMs }) => invitedMs),
      sinceMs,
      nowMs: this.#nowMs(),
    });
  }

  /** The number of the party's voice in the tags of speech. */
  voiceOf(party: string): number {
    return this.#directory.voiceOf(party);
  }

  /** DevLink3 clients that get events now. */
  streamingConnections(): number {
    return this.#server.streamingClients();
  }

  /** The DevLink3 link is lost: all streams are reset, listeners stay. */
  resetConnections(): void {
    this.#server.resetConnections();
  }

  /**
   * The node restarts: links are reset, calls and recording legs vanish without a message, nothing
   * listens for so long, and then CallIDs and end identifiers are numbered from the beginning.
   */
  async restartNode(outageMs: number): Promise<void> {
    this.#calls.forgetAll();
    this.#recordings.forgetAll();
    this.#voicemail.forgetAll();
    this.#sipCaller.setDown(true);
    this.#identifiers.restart();
    await this.#server.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.setTimer("pbx.restart", outageMs, resolve);
    await promise;
    this.#sipCaller.setDown(false);
    await this.#server.comeBack();
  }

  /** Counts of the DevLink3 server. */
  get devlink3Counters(): Readonly<DevLink3Counters> {
    return this.#server.counters;
  }

  /** How late the 20 ms ticks of speech were. */
  lateness(): { readonly p99: number; readonly max: number } {
    return this.#sipCaller.lateness();
  }

  packetsSent(): number {
    return this.#sipCaller.packetsSent();
  }

  /** OPTIONS by which it asked whether a recorder is there, and was answered. */
  probesAnswered(): number {
    return this.#sipCaller.probesAnswered?.() ?? 0;
  }

  /** What its clients and recorders did against the specifications, a sentence each. */
  violations(): readonly string[] {
    const links = this.#server.violations.map(({ code, detail }) => `DevLink3 ${code}: ${detail}`);
    const { violations } = this.#server.counters;
    const unseen = violations - links.length;
    return [
      ...links,
      ...(unseen > 0 ? [`DevLink3: and ${unseen} more`] : []),
      ...(this.#sipCaller.violations?.() ?? []),
    ];
  }

  /** Closes everything; calls and recordings end without a word. */
  async close(): Promise<void> {
    this.#calls.close();
    this.#recordings.close();
    const results = await Promise.allSettled([this.#server.close(), this.#sipCaller.close()]);
    const errors = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason as unknown] : [],
    );
    if (errors.length > 0)
      throw new AggregateError(errors, "the simulated IP Office did not close");
  }
}
