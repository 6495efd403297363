// Proves R22, R16: a part of which no recording came keeps its number.
import { scenario } from "../language/index.ts";

/** Result of a START: LICENCE MISSING. */
const NO_LICENCE = 0x800000ea;

export default scenario({
  name: "transfers/second-part-fails",
  title: "The second of three parts gets no VCM channel: parts 1 and 3 are recorded, 2 has failed",
  proves: ["R22", "R16"],
  async story({ caller, agent, talk, oddities, until, pbx }) {
    const outside = caller();
    const [alice, bob, carol] = [agent("2001"), agent("2002"), agent("2003")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    oddities.devlink3.refuseStart = NO_LICENCE;
    await alice.transfersBlindTo("2002");
    await bob.answers();
    await until("the request was refused", () => pbx.truth.refusals.length > 0);
    await talk({ seconds: 10, liveSeconds: 1 });
    oddities.devlink3.refuseStart = null;
    await bob.transfersBlindTo("2003");
    await carol.answers();
    await carol.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 3, extension: "2003", linkedTo: 1 },
    ],
    failedParts: ["licence-missing"],
  },
});
