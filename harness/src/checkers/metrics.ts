// metrics: what the recorder counted is what the files and the wire show. Counters begin anew with
// each process, so runs with a restart are not judged.
import { foreignArrivals, legOf } from "../record/leg-audio.ts";
import { count, entries, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";
import { wireMessages } from "./sip-wire.ts";

export const metricsChecker: Checker = {
  name: "metrics",
  check(record) {
    const metrics = record.account?.metrics ?? null;
    if (metrics === null || record.life.some(({ kind }) => kind !== "ready")) return [];
    const counted = (name: string): number => metrics[name] ?? 0;
    const told = [...Object.entries(exactly(record))].flatMap(([name, found]) =>
      counted(name) === found ? [] : [`${name} is ${counted(name)}, the files show ${found}`],
    );
    const packets = packetsOf(record);
    const received = counted("rtp_packets_received_total");
    if (received < packets) {
      told.push(`rtp_packets_received_total is ${received}, the journals name ${packets}`);
    }
    const [foreign, dropped] = [foreignPackets(record), counted("rtp_packets_unauthentic_total")];
    if (dropped < foreign) {
      told.push(`rtp_packets_unauthentic_total is ${dropped}, ${foreign} have a foreign key`);
    }
    return told;
  },
};

/** With a key that the recorder was not told. Replays, and what was changed, come on top. */
function foreignPackets(record: RunRecord): number {
  return record.recordings
    .map((recording) => legOf(record, recording))
    .reduce((sum, leg) => sum + (leg === null ? 0 : foreignArrivals(record, leg)), 0);
}

function exactly(record: RunRecord): Readonly<Record<string, number>> {
  const discards = record.calls.filter((row) => row["type"] === "discard");
  const lives = record.recordings.filter((recording) => entries(recording, "end").length > 0);
  return {
    recordings_total: lives.length + discards.length,
    storage_stored_total: record.recordings.filter(({ stored }) => stored.length > 0).length,
    sip_calls_accepted_total: acceptedCalls(record),
    listeners_refused_total: 0,
  };
}

/** INVITEs outside a dialog that were answered with a 200, by the wire alone. */
function acceptedCalls(record: RunRecord): number {
  const accepted = wireMessages(record).filter(
    ({ from, status, cseq }) => from === "recorder" && status === 200 && cseq.method === "INVITE",
  );
  return new Set(accepted.map(({ callId }) => callId)).size;
}

/** Discarded recordings leave no journal: these are at least as many. */
function packetsOf({ recordings }: RunRecord): number {
  return recordings
    .flatMap((recording) => entries(recording, "statistics"))
    .reduce((sum, line) => sum + count(line, "packetsReceived"), 0);
}
