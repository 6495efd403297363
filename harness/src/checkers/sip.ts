// sip: what the recorder sent obeys RFC 3261, judged from the wire alone, beside the complaints that
// the simulated IP Office itself makes about each answer.
import type { SipObservation } from "../record/observations.ts";
import type { RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

export const sipChecker: Checker = {
  name: "sip",
  check(record) {
    return [...record.violations, ...checkAnswers(record), ...checkResponses(record)];
  },
};

interface WireSip {
  readonly observation: SipObservation;
  readonly startLine: string;
  readonly branch: string;
  readonly cseq: string;
}

function read(observation: SipObservation): WireSip {
  const [startLine = "", ...headers] = observation.text.split("\r\n");
  const value = (name: RegExp): string => {
    const line = headers.find((header) => name.test(header)) ?? "";
    return line.slice(line.indexOf(":") + 1).trim();
  };
  const via = value(/^(via|v)\s*:/i);
  return {
    observation,
    startLine,
    branch: /branch=([^;,\s]+)/.exec(via)?.[1] ?? "",
    cseq: value(/^cseq\s*:/i),
  };
}

/** "A server MUST respond": each request of the IP Office gets a final answer. */
function checkAnswers(record: RunRecord): string[] {
  if (record.scenario.expects?.allowsLoss === true) return [];
  const messages = record.sip.map(read);
  const finals = new Set(
    messages
      .filter(({ observation, startLine }) => observation.direction === "in" && isFinal(startLine))
      .map(keyOf),
  );
  const requests = messages.filter(
    ({ observation, startLine }) => observation.direction === "out" && isRequest(startLine),
  );
  const unanswered = new Set(
    requests
      .filter(({ startLine }) => !startLine.startsWith("ACK "))
      .filter((request) => !finals.has(keyOf(request)))
      .map(({ startLine, cseq }) => `${startLine} (CSeq ${cseq}) was never answered`),
  );
  return [...unanswered];
}

/** A response belongs to a request that was sent, and an INVITE's 200 has Contact and a To tag. */
function checkResponses(record: RunRecord): string[] {
  const messages = record.sip.map(read);
  const asked = new Set(
    messages
      .filter(
        ({ observation, startLine }) => observation.direction === "out" && isRequest(startLine),
      )
      .map(keyOf),
  );
  return messages
    .filter(({ observation, startLine }) => observation.direction === "in" && !isRequest(startLine))
    .flatMap((response) => {
      const complaints: string[] = [];
      if (!asked.has(keyOf(response))) complaints.push("answers no request that was sent");
      const { text } = response.observation;
      const status = Number(response.startLine.split(" ")[1]);
      if (status > 100 && !/^(to|t)\s*:.*;tag=/im.test(text)) complaints.push("has no To tag");
      const isDialog = status >= 200 && status < 300 && response.cseq.endsWith("INVITE");
      if (isDialog && !/^(contact|m)\s*:/im.test(text)) complaints.push("has no Contact");
      return complaints.map((what) => `${response.startLine} (CSeq ${response.cseq}) ${what}`);
    });
}

function keyOf({ branch, cseq }: WireSip): string {
  return `${branch} ${cseq}`;
}

function isRequest(startLine: string): boolean {
  return !startLine.startsWith("SIP/2.0 ");
}

function isFinal(startLine: string): boolean {
  return /^SIP\/2\.0 [2-6]/.test(startLine);
}
