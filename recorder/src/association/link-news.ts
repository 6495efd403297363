// What a DevLink3 link says, put into words: its status for people, its records for the logs
// (design.md §5, "Logs"), each with its deviceCallId and end id (R18). Pure but for the two logs.
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record, DetailRecord, SipTrack } from "../devlink3/delta3-record.ts";
import { buildSupport, licenceAnswer } from "../devlink3/link-policy.ts";
import type { LinkState } from "../devlink3/link-state.ts";
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { LinkStatus } from "../facts-contract.ts";
import type { Logger } from "../log.ts";

export function statusOf(pbx: string, state: LinkState): LinkStatus {
  const { name, code, detail, version, build, flags, hasRecordingControl } = state;
  // A link that streams without recording control is up, and yet nothing can be asked by it.
  const isMute = name === "streaming" && !hasRecordingControl;
  const told = code ?? (isMute ? "RECORDING_CONTROL_UNAVAILABLE" : null);
  return {
    pbx,
    state: isMute ? "recording-control-unavailable" : name,
    code: told,
    detail,
    remedy: told !== null && Object.hasOwn(ERRORS, told) ? ERRORS[told as ErrorCode].remedy : null,
    version,
    build,
    buildSupport: buildSupport(build),
    licence: licenceAnswer(code, isUp(state)),
    flags,
    recordingControl: hasRecordingControl,
  };
}

/** Facts may still come by this link. */
export function isUp({ name }: LinkState): boolean {
  return name === "streaming" || name === "synchronising";
}

/** Ends whose call is remembered; beyond it the oldest are logged without. */
export const MAXIMUM_ENDS = 20_000;

export class LinkNews {
  readonly #pbx: string;
  readonly #eventsLog: (line: string) => void;
  readonly #log: Logger;
  /** Records of an end that is gone name no call: which one it was is known from those before. */
  readonly #callOfEnd = new Map<string, string>();

  constructor(pbx: string, logs: { eventsLog: (line: string) => void; log: Logger }) {
    this.#pbx = pbx;
    this.#eventsLog = logs.eventsLog;
    this.#log = logs.log;
  }

  record(record: Delta3Record): void {
    this.#eventsLog(`${this.#pbx} ${JSON.stringify(record)}`);
    if (record.kind === "Detail") this.#detail(record);
    else if (record.kind !== "unknown") {
      const { kind, node, endId } = record;
      const deviceCallId = this.#callOfEnd.get(endId) ?? null;
      this.#log.info(`DevLink event ${kind}`, { pbx: this.#pbx, node, deviceCallId, endId });
      if (kind === "CallLost") this.#callOfEnd.delete(endId);
    }
  }

  sipTrack(track: SipTrack): void {
    this.#eventsLog(`${this.#pbx} SIPTrack ${JSON.stringify(track)}`);
    const { event, endId, sipCallId } = track;
    const deviceCallId = this.#callOfEnd.get(endId) ?? null;
    const what = { pbx: this.#pbx, deviceCallId, endId, sipCallId };
    this.#log.info(`DevLink event SIPTrack ${event}`, what);
  }

  #detail(record: DetailRecord): void {
    const { node, callId } = record.call;
    const deviceCallId = `${node}-${callId}`;
    const parties = partiesOf(record);
    const ends = [...parties.map(({ endId }) => endId), ...record.targets.map((one) => one.endId)];
    for (const endId of ends) this.#remember(endId, deviceCallId);
    this.#log.info("DevLink event Detail", {
      pbx: this.#pbx,
      deviceCallId,
      endId: ends[0] ?? null,
      ends,
      parties: parties.map(partyLabel),
    });
  }

  /** Ends move between calls: the last one counts. */
  #remember(endId: string, deviceCallId: string): void {
    this.#callOfEnd.delete(endId);
    this.#callOfEnd.set(endId, deviceCallId);
    if (this.#callOfEnd.size <= MAXIMUM_ENDS) return;
    for (const oldest of this.#callOfEnd.keys()) {
      this.#callOfEnd.delete(oldest);
      return;
    }
  }
}
