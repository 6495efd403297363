// What a DevLink3 link says, put into words: its status for people, its records for the logs
// (design.md §5, "Logs"). Pure but for the two logs.
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record, SipTrack } from "../devlink3/delta3-record.ts";
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

export class LinkNews {
  readonly #pbx: string;
  readonly #eventsLog: (line: string) => void;
  readonly #log: Logger;

  constructor(pbx: string, logs: { eventsLog: (line: string) => void; log: Logger }) {
    this.#pbx = pbx;
    this.#eventsLog = logs.eventsLog;
    this.#log = logs.log;
  }

  record(record: Delta3Record): void {
    this.#eventsLog(`${this.#pbx} ${JSON.stringify(record)}`);
    if (record.kind === "Detail") {
      const { node, callId } = record.call;
      const parties = partiesOf(record);
      this.#log.info("DevLink event Detail", {
        deviceCallId: `${node}-${callId}`,
        ends: parties.map(({ endId }) => endId),
        parties: parties.map(partyLabel),
      });
    } else if (record.kind !== "unknown") {
      const { kind, node, endId } = record;
      this.#log.info(`DevLink event ${kind}`, { node, endId });
    }
  }

  sipTrack(track: SipTrack): void {
    this.#eventsLog(`${this.#pbx} SIPTrack ${JSON.stringify(track)}`);
  }
}
