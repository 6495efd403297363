// What is known of a recording beyond its audio: identity, place, quality, proof.
import type { ComponentChildren } from "preact";
import type { RecordingDetail } from "../api/types.ts";
import { byteSize } from "../pieces/time.ts";

export function Facts({ recording }: { readonly recording: RecordingDetail }) {
  const { callKey, rule, mos, loss, pool, size, sha256, liveStreamId } = recording;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ["Rule", rule ?? "none decided"],
    ["Packets lost", `${(loss * 100).toFixed(loss > 0 && loss < 0.01 ? 2 : 1)} %`],
    ["Listening quality", mos === null ? "not measured" : `MOS ${mos.toFixed(1)}`],
    ["Ended by", recording.endReason ?? "still going on"],
    ["Stored", pool === null ? "not yet in a pool" : `${pool}, ${byteSize(size)}`],
    [
      "Call",
      callKey === null ? (
        "not associated"
      ) : (
        <a class="mono" href={`/recordings?call=${encodeURIComponent(callKey)}`}>
          {callKey}
        </a>
      ),
    ],
    ["Recording key", <span class="mono">{recording.recordingKey}</span>],
    ["Live stream", <span class="mono">{liveStreamId ?? "none"}</span>],
    ["SIP Call-ID", <span class="mono">{recording.sipCallId}</span>],
    ["SHA-256 of the audio", <span class="mono">{sha256 ?? "known at the end"}</span>],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
