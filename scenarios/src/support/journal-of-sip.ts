// Proves R20: the journal holds every SIP message of the dialog, each as it was on the wire.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "support/journal-of-sip",
  title: "From INVITE to the answer to BYE every message stands in the .vrtx, byte for byte",
  proves: ["R20"],
  async story({ pbx, caller, agent, talk, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await recorder.hasStored(1);

    const callId = pbx.truth.conversations[0]?.legs[0]?.sipCallId ?? "";
    await recorder.journals("all SIP messages are there", ([journal = []]) => {
      const messages = journal.filter(({ type }) => type === "sip");
      const said = messages.map(({ direction, text }) => {
        return `${String(direction)} ${String(text).split(/\s/, 2).join(" ")}`;
      });
      const order = [
        /^in INVITE /,
        /^out SIP\/2\.0 200/,
        /^in ACK /,
        /^in BYE /,
        /^out SIP\/2\.0 200/,
      ];
      let found = 0;
      for (const line of said) if (order[found]?.test(line) === true) found += 1;
      const isWhole = messages.every(({ text }) => {
        return String(text).includes(callId) && String(text).includes("\r\n\r\n");
      });
      return found === order.length && isWhole;
    });
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
