// Proves R4, R6: the pool's drive freezes for 10 s under 100 live calls: no sample is lost, a call
// that comes meanwhile is answered, and all is stored afterwards. Virtual only: the speech of 100
// calls in real time and 100 encoders beside it are more than two busy cores can promise.
import { scenario } from "../language/index.ts";

const CALLS = 100;
const extensions = Array.from({ length: CALLS + 1 }, (_, index) => String(3000 + index));

export default scenario({
  name: "storage/hundred-calls-drive-frozen",
  title: "100 calls run while the pool's drive freezes for 10 s, and one more comes",
  proves: ["R4", "R6"],
  modes: ["virtual"],
  notElsewhere: "storage/frozen-file-system freezes a real drive, under as many calls as go live",
  site: {
    users: extensions.map((extension) => ({ extension, name: `User ${extension}` })),
    groups: [],
    trunks: [{ name: "Line", kind: "sip", line: 1, channels: 200 }],
    vcm: { channels: 400 },
  },
  async story({ caller, agent, talk, world, recorder, supervisor }) {
    const people = extensions.map((extension) => ({
      outside: caller(`+4930${extension}`),
      inside: agent(extension),
    }));
    const call = async ({ outside, inside }: (typeof people)[number]): Promise<void> => {
      await outside.calls(inside.extension);
      await inside.answers();
      await inside.isBeingRecorded();
    };
    const [late, ...others] = people;
    const [first] = others;
    if (late === undefined || first === undefined) return;
    await Promise.all(others.map(call));
    world.freezesDrive(0);
    await first.inside.hangsUp();
    await talk({ seconds: 4 });
    await call(late);
    await supervisor.listensTo(late.inside);
    await talk({ seconds: 6 });
    world.healsDrive(0);
    await talk({ seconds: 1 });
    await Promise.all(people.filter((one) => one !== first).map(({ inside }) => inside.hangsUp()));
    await recorder.hasStored(CALLS + 1);
  },
  expects: { recordings: extensions.map(() => ({ outcome: "ok" as const })) },
});
