// A SIP side without SIP: remembers what it was asked to dial, and lets the test say what became
// of it. For tests of recording control and of the whole PBX.
import type {
  RecordingLeg,
  RecordingLegDelegate,
  RecordingLegRequest,
  SipCallerService,
} from "../../src/pbx/recording-leg.ts";
import { NO_SIP_ODDITIES, type SipOddities } from "../../src/pbx/sip-oddities.ts";
import type { TruthLeg } from "../../src/pbx/truth.ts";

export class FakeLeg implements RecordingLeg {
  readonly truth: TruthLeg;
  readonly request: RecordingLegRequest;
  /** What the PBX did with the leg, in order. */
  readonly actions: string[] = [];
  readonly #delegate: RecordingLegDelegate;

  constructor(leg: number, request: RecordingLegRequest, delegate: RecordingLegDelegate) {
    this.request = request;
    this.#delegate = delegate;
    const { conversation, streamId, callId, endId, extension } = request;
    this.truth = {
      leg,
      conversation,
      streamId,
      sipCallId: `leg${leg}@192.168.10.1`,
      callId,
      endId,
      extension,
      askedMs: 0,
      invitedMs: 0,
      answeredMs: null,
      endedMs: null,
      endedBy: null,
      status: null,
      frames: [],
    };
  }

  hold(): void {
    this.actions.push("hold");
  }

  retrieve(): void {
    this.actions.push("retrieve");
  }

  hangUp(cause: number): void {
    this.actions.push(`hangUp ${cause}`);
  }

  isAnswered(): void {
    this.#delegate.onAnswered();
  }

  fails(status: number | null, reason: string): void {
    this.#delegate.onFailed(status, reason);
  }

  ends(by: "pbx" | "recorder"): void {
    this.#delegate.onEnded(by);
  }
}

export class FakeSipCaller implements SipCallerService {
  readonly oddities: SipOddities = { ...NO_SIP_ODDITIES };
  readonly legs: FakeLeg[] = [];
  /** Answered from within `dial`, as no real one would. */
  isHasty = false;
  isClosed = false;

  start(): Promise<{ host: string; port: number }> {
    return Promise.resolve({ host: "192.168.10.1", port: 5060 });
  }

  dial(request: RecordingLegRequest, delegate: RecordingLegDelegate): RecordingLeg {
    const leg = new FakeLeg(this.legs.length + 1, request, delegate);
    this.legs.push(leg);
    if (this.isHasty) leg.isAnswered();
    return leg;
  }

  leg(number: number): FakeLeg {
    const leg = this.legs[number - 1];
    if (leg === undefined) throw new Error(`leg ${number} was not dialled`);
    return leg;
  }

  lateness(): { readonly p99: number; readonly max: number } {
    return { p99: 0, max: 0 };
  }

  packetsSent(): number {
    return 0;
  }

  setDown(isDown: boolean): void {
    if (isDown) this.legs.length = 0;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
