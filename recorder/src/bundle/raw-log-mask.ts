// A line of cd3_log without secrets: answers to a login's challenge are blanked out whatever the
// recorder that wrote the log did, and the configured passwords wherever their bytes stand. The
// line keeps its length, so that the stream can still be replayed.  devlink3.md §5. Pure.
import { Deframer, MAXIMUM_FRAME_BYTES, serializeFrame } from "../devlink3/frame.ts";
import { parsePacket } from "../devlink3/packet.ts";

/** "2026-01-05T08:00:00.000Z 192.0.2.1 out 490011…", as recorder-logs.ts writes it. */
const RAW_LINE = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z \S{1,255} (?:in|out) )((?:[0-9a-fA-F]{2})+)$/;
/** Replaces each secret byte: "*". */
const STAR = 0x2a;
/** Type, RequestID, step and length of a challenge's answer, after the frame's header. */
const ANSWER_HEADER_BYTES = 16;

/** null when it is no line of cd3_log. */
export function maskRawLine(line: string, secrets: readonly Buffer[]): string | null {
  const [, head = "", hex = ""] = RAW_LINE.exec(line) ?? [];
  if (hex === "") return null;
  const bytes = Buffer.from(hex, "hex");
  blankAnswers(bytes);
  for (const secret of secrets) blank(bytes, secret);
  return head + bytes.toString("hex");
}

function blank(bytes: Buffer, secret: Buffer): void {
  for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret, at + secret.length)) {
    bytes.fill(STAR, at, at + secret.length);
  }
}

/** Whole frames only: what the recorder sends leaves in one piece. */
function blankAnswers(bytes: Buffer): void {
  const deframer = new Deframer({ maximumFrameBytes: MAXIMUM_FRAME_BYTES });
  let end = 0;
  for (const output of deframer.push(bytes)) {
    if (output.type !== "frame") return;
    end += serializeFrame(output.payload).length;
    const packet = parsePacket(output.payload);
    const isAnswer =
      packet.ok && (packet.value.type === "authSha1" || packet.value.type === "authPlain");
    const secretBytes = output.payload.length - ANSWER_HEADER_BYTES;
    if (isAnswer && secretBytes > 0) bytes.fill(STAR, end - secretBytes, end);
  }
}
