// The simulated IP Office of the bench: a site as large as the bench needs, calls placed and ended
// at a steady rate, and the judgement of the files that the recorder wrote. It runs in a process of
// its own (office-process.ts), so that nothing but its own work disturbs its pacing.
import type { Clock } from "@tapeline/recorder/ports";
import {
  loadSite,
  prepareVoices,
  SimulatedIpOffice,
  type PbxAddresses,
  type PbxPorts,
  type TruthLeg,
} from "@tapeline/simulator/pbx";
import { verifyRecordings, type Verification } from "./verify-recordings.ts";

const HOST = "127.0.0.1";
const FIRST_EXTENSION = 100_000;
/** New calls, and hang-ups, a second. */
export const CALLS_PER_SECOND = 100;
/** Beyond the time that the rate needs: until every leg is up, or gone. */
const PATIENCE_MS = 30_000;
const POLL_MS = 50;

export type OfficeRequest =
  | { readonly type: "start"; readonly calls: number; readonly dialled: string | null }
  | { readonly type: "call" | "hangUp" | "state" | "close" }
  | { readonly type: "verify"; readonly liveDirectory: string };

export interface OfficeState {
  readonly streamingConnections: number;
  readonly packetsSent: number;
  /** INVITE to 200 of each leg that was answered, in ms. */
  readonly answersMs: readonly number[];
  readonly latenessMs: { readonly p99: number; readonly max: number };
  readonly violations: readonly string[];
}

export class BenchOffice {
  readonly #ports: PbxPorts;
  readonly #clock: Clock;
  #pbx: SimulatedIpOffice | null = null;
  #calls = 0;

  constructor(ports: PbxPorts) {
    this.#ports = ports;
    this.#clock = ports.clock;
  }

  async answer(request: OfficeRequest): Promise<unknown> {
    switch (request.type) {
      case "start":
        return this.#start(request.calls, request.dialled);
      case "call":
        return this.#callAll();
      case "hangUp":
        return this.#hangUpAll();
      case "state":
        return this.#state();
      case "verify":
        return this.#verify(request.liveDirectory);
      case "close":
        return this.#office.close();
    }
  }

  get #office(): SimulatedIpOffice {
    if (this.#pbx === null) throw new Error("the simulated IP Office has not been started");
    return this.#pbx;
  }

  /** `dialled`: a SIP URI that is called at each answer; null = recording on request. */
  #start(calls: number, dialled: string | null): Promise<PbxAddresses> {
    this.#calls = calls;
    const site = loadSite({
      users: Array.from({ length: calls }, (_, index) => ({ extension: extensionOf(index) })),
      trunks: [{ name: "Outside", kind: "sip", line: 17, channels: calls }],
      groups: [],
      // One channel a call, one a recording (R16).
      vcm: { channels: 2 * calls },
      ...(dialled === null ? {} : { record: "always" as const, recorder: dialled }),
    });
    const listen = { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 };
    this.#pbx = new SimulatedIpOffice({ site, listen, keepPayloads: false }, this.#ports, {
      onSip: () => undefined,
      onDevLink3: () => undefined,
    });
    prepareVoices();
    return this.#pbx.start();
  }

  /** Resolves when every leg is up. */
  async #callAll(): Promise<void> {
    const pbx = this.#office;
    await this.#steadily((index) => {
      const number = `+4930${String(index).padStart(6, "0")}`;
      pbx.placeCall({ from: { number }, to: extensionOf(index) });
      pbx.answer(extensionOf(index));
    });
    await this.#until("every recording leg up", () => this.#running().length === this.#calls);
  }

  async #hangUpAll(): Promise<void> {
    const pbx = this.#office;
    await this.#steadily((index) => void pbx.hangUp(extensionOf(index)));
    await this.#until("every recording leg gone", () => this.#running().length === 0);
  }

  #state(): OfficeState {
    const pbx = this.#office;
    return {
      streamingConnections: pbx.streamingConnections(),
      packetsSent: pbx.packetsSent(),
      answersMs: this.#legs().flatMap(({ invitedMs, answeredMs }) =>
        answeredMs === null ? [] : [answeredMs - invitedMs],
      ),
      latenessMs: pbx.lateness(),
      violations: pbx.violations(),
    };
  }

  #verify(liveDirectory: string): Promise<Verification> {
    return verifyRecordings(this.#legs(), liveDirectory);
  }

  #legs(): TruthLeg[] {
    return this.#office.truth.conversations.flatMap(({ legs }) => legs);
  }

  #running(): TruthLeg[] {
    return this.#legs().filter(
      ({ answeredMs, endedMs }) => answeredMs !== null && endedMs === null,
    );
  }

  /** Does `act` for each call, at the bench's rate by deadlines that do not drift. */
  async #steadily(act: (index: number) => void): Promise<void> {
    const originMs = this.#clock.nowMs();
    for (let index = 0; index < this.#calls; index += 1) {
      const dueMs = originMs + (index * 1000) / CALLS_PER_SECOND;
      await this.#sleep(Math.max(0, dueMs - this.#clock.nowMs()));
      act(index);
    }
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = this.#clock.nowMs() + PATIENCE_MS;
    while (!isSo()) {
      if (this.#clock.nowMs() > endMs) {
        const { length } = this.#running();
        throw new Error(`${what}: not in ${PATIENCE_MS} ms; ${length} of ${this.#calls} are up`);
      }
      await this.#sleep(POLL_MS);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer("bench.office", ms, resolve);
    });
  }
}

function extensionOf(index: number): string {
  return String(FIRST_EXTENSION + index);
}
