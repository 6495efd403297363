// Proves R22, R13, R14, R9: each kind of handing over, over each transport, kept by either setting.
import { scenario } from "../language/index.ts";
import { CALLER } from "../language/three-agents.ts";

const KEEP_ALL = { title: "Everybody", kind: "agent", record: true, match: { agents: ["*"] } };

export default scenario({
  name: "transfers/each-kind",
  title: "Alice hands the caller to Bob: part 2 is Bob's, however it is done, carried and begun",
  proves: ["R22", "R13", "R14", "R9"],
  matrix: {
    transfer: ["blind", "supervised", "while-ringing", "parked", "conference"],
    transport: ["udp", "tcp"],
    recordFromBeginning: [true, false],
  },
  recorder: ({ transport, recordFromBeginning }) => ({
    sip: { transports: [transport] },
    recorder: { recordFromBeginning },
    rules: [KEEP_ALL],
  }),
  async story({ caller, agent, talk }, { transfer }) {
    const outside = caller(CALLER);
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 1 });
    if (transfer === "blind") {
      await alice.transfersBlindTo("2002");
      await bob.answers();
    } else if (transfer === "parked") {
      await alice.parks("1");
      await talk({ seconds: 2, liveSeconds: 1 });
      await bob.unparks("1");
    } else {
      await alice.consults("2002");
      if (transfer !== "while-ringing") {
        await bob.answers();
        await alice.isBeingRecorded();
      }
      await talk({ seconds: 6, liveSeconds: 2 });
      if (transfer === "conference") await alice.confers();
      else await alice.completesTransfer();
      if (transfer === "while-ringing") await bob.answers();
    }
    await (transfer === "conference" ? alice : bob).isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
    if (transfer === "conference") await alice.hangsUp();
  },
  expects: ({ transfer }) => {
    const asked = { part: 1, extension: "2001", voices: ["2001", "2002"], linkedTo: 0 };
    const isAsked = transfer === "supervised" || transfer === "conference";
    const last = transfer === "conference" ? ["2001", "2002"] : ["2002"];
    return {
      recordings: [
        { outcome: "ok", part: 1, extension: "2001", voices: [CALLER, "2001"], linkedTo: 0 },
        ...(isAsked ? [asked] : []),
        {
          outcome: "ok",
          part: 2,
          extension: last[0] ?? "",
          voices: [CALLER, ...last],
          linkedTo: 1,
        },
      ],
    };
  },
});
