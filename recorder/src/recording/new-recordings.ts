// Makes recordings: of an INVITE, and of a live pair that a crash left behind. Their keys, their
// log lines' tags (R19) and their side of the session description come from here.
import type { Logger } from "../log.ts";
import type { Clock, Random } from "../ports/index.ts";
import { SRTP_KEY_BYTES } from "../sdp/security-descriptions.ts";
import type { SipSession } from "../sip/session.ts";
import { purposeOf } from "./clues.ts";
import { OurDescription } from "./our-description.ts";
import { blankRecording, streamIdOf, type Recording, type RecordingIdentity } from "./recording.ts";
import type { ResumePlan } from "./recovery-plan.ts";
import { SrtpKeys } from "./srtp-keys.ts";

/** So far above the journal's last: the process before the crash may have used later ones. */
const SDP_VERSION_LEAP = 1_000;

interface Ports {
  readonly clock: Pick<Clock, "wallTimeMs">;
  readonly random: Random;
  readonly log: Logger;
}

export class NewRecordings {
  readonly #address: string;
  readonly #ports: Ports;

  /** `address`: the one in our SDP. */
  constructor(address: string, ports: Ports) {
    this.#address = address;
    this.#ports = ports;
  }

  ofCall(session: SipSession): Recording {
    const beganTimeMs = Math.floor(this.#ports.clock.wallTimeMs());
    return this.#blank({
      recordingKey: `${this.#ports.random.uuid()}-${beganTimeMs}`,
      session,
      sipCallId: session.callId,
      beganTimeMs,
      recovered: false,
      headerStreamId: null,
      purpose: purposeOf(session.request),
    });
  }

  ofPlan(plan: ResumePlan, session: SipSession | null): Recording {
    const { recordingKey, association } = plan;
    const { sipCallId, beganTimeMs, liveStreamId: headerStreamId, purpose } = plan;
    const recovered = true;
    const recording: Recording = {
      ...this.#blank(
        { recordingKey, session, sipCallId, beganTimeMs, recovered, headerStreamId, purpose },
        plan.sdpVersion + SDP_VERSION_LEAP,
      ),
      state: "opening",
      association,
      isPaused: plan.isPaused,
      pauseRule: plan.pauses.rule?.by ?? null,
      srtpKeys: new SrtpKeys(plan.srtpKeys),
    };
    recording.log = this.logOf(recording);
    // A re-INVITE may come before the media plane has opened the file: port 0 would refuse audio.
    recording.description.rtpPort = plan.rtpPort;
    if (!plan.isDialogOver || plan.isTorn) recording.degradedBy.add("restart");
    recording.endReason = plan.endReason;
    return recording;
  }

  /** Anew when the stream id is known. */
  logOf(
    of: Pick<Recording, "sipCallId" | "recordingKey" | "association" | "headerStreamId">,
  ): Logger {
    const { sipCallId, recordingKey } = of;
    const liveStreamId = streamIdOf(of);
    return this.#ports.log.child({ sipCallId, recordingId: recordingKey, liveStreamId });
  }

  #blank(identity: RecordingIdentity, version = 1): Recording {
    const log = this.logOf({ ...identity, association: null });
    const description = new OurDescription(
      { host: this.#address, sessionId: String(identity.beganTimeMs), version },
      () => Buffer.from(this.#ports.random.bytes(SRTP_KEY_BYTES)).toString("base64"),
    );
    return blankRecording(identity, { log, description });
  }
}
