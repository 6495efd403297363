// `testbed new NAME`: a scenario that works, to be changed into one's own.
import { EXIT } from "./exit-codes.ts";
import { newScenario, writeScenario } from "./scenario-file.ts";

/** `folder`: for tests; default the folder of all scenarios. */
export async function newCommand(name: string, folder?: string): Promise<number> {
  const target = newScenario(name, folder);
  await writeScenario(target, template(target));
  const { shownPath } = target;
  process.stdout.write(`${shownPath} is written: one call, answered, held and recorded.

Next:
  npx testbed run ${name}                run it in the virtual world
  npx testbed run ${name} --times 20     under 20 seeds
  npx testbed run ${name} --mode live    on real sockets
Then change its story: scenarios/README.md has all the words. Once it says what you mean, correct
its first line and \`proves\`, and let \`npm run requirements\` take it into the table.
`);
  return EXIT.ok;
}

/** Formatted as Prettier would. */
function template({ name, language }: { name: string; language: string }): string {
  return `// Proves R1: an agent's call is asked for, recorded through a hold, and stored.
import { scenario } from "${language}";

export default scenario({
  name: "${name}",
  title: "A customer calls Alice, is held for a moment, and hangs up",
  // Which requirements a pass proves; \`npx testbed list --json\` has them all in words.
  proves: ["R1"],
  async story({ caller, agent, talk }) {
    const customer = caller("+4930123456");
    // One of the ten users of the built-in site (README.md, "A site"); "2001" would do, too.
    const alice = agent("Alice");
    // Every step waits for the state that it brings about: no sleeps.
    await customer.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    // Virtual time is free; live, people talk for \`liveSeconds\`.
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.holds();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 10, liveSeconds: 2 });
    await customer.hangsUp();
  },
  // What must be true of this one; audio, SIP, storage and the rest are judged without a word.
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
`;
}
