// Proves R1: a call that nobody answers is not recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/not-answered",
  title: "A call rings, nobody answers, the caller gives up: no recording",
  proves: ["R1"],
  async story({ caller, talk }) {
    const outside = caller();
    await outside.calls("2001");
    await talk({ seconds: 20, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: { recordings: [] },
});
