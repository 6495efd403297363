// µ-law audio as a capture file that SIPp plays (play_pcap_audio). Unlike rtp_stream, which sends
// all concurrent calls from one source port, playing a capture uses each call's own port; it needs
// raw sockets, so root.  RFC 3550 §5.1, RFC 3551 §4.5.14.
import { renderPcapng } from "@tapeline/reports";
import type { CapturedPacket } from "@tapeline/reports";

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
const HEADER_BYTES = 12;
const VERSION_2 = 0x80;
const MARKER = 0x80;
const SSRC = 0x51bbca11;
/** SIPp writes its own addresses over these. */
const FROM = { host: "127.0.0.1", port: 6_000 };
const TO = { host: "127.0.0.1", port: 6_002 };

/** RTP packets of 20 ms with this audio, payload type 0; a last incomplete frame is left out. */
export function rtpCapture(ulaw: Uint8Array): Uint8Array {
  const packets: CapturedPacket[] = [];
  for (let index = 0; (index + 1) * FRAME_SAMPLES <= ulaw.length; index += 1) {
    const data = new Uint8Array(HEADER_BYTES + FRAME_SAMPLES);
    const view = new DataView(data.buffer);
    view.setUint8(0, VERSION_2);
    // "the first packet of a talkspurt … SHOULD be distinguished by setting the marker bit"
    view.setUint8(1, index === 0 ? MARKER : 0);
    view.setUint16(2, index & 0xffff);
    view.setUint32(4, index * FRAME_SAMPLES);
    view.setUint32(8, SSRC);
    const from = index * FRAME_SAMPLES;
    data.set(ulaw.subarray(from, from + FRAME_SAMPLES), HEADER_BYTES);
    packets.push({ wallTimeMs: index * FRAME_MS, protocol: "udp", from: FROM, to: TO, data });
  }
  return renderPcapng(packets);
}
