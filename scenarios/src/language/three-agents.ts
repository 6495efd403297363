// The story that R22 is about: a caller visits Alice, Bob and Carol, and is heard with each of them
// in a part of its own. Told in several kinds of transfer, and in several kinds of weather.
import type { Expectations } from "./scenario.ts";
import type { Agent, Story } from "./story.ts";

export const CALLER = "+4930123456";

export type Handover = "blind" | "supervised";

export interface ThreeAgents {
  readonly handovers: readonly [Handover, Handover];
  /** What happens while each of them talks: 0, 1, 2. */
  readonly meanwhile?: (agent: number, story: Story) => Promise<void>;
}

export async function visitThreeAgents(story: Story, options: ThreeAgents): Promise<void> {
  const caller = story.caller(CALLER);
  const agents = ["2001", "2002", "2003"].map((extension) => story.agent(extension));
  await caller.calls("2001");
  await agents[0]?.answers();
  for (const [index, agent] of agents.entries()) {
    await agent.isBeingRecorded();
    await story.talk({ seconds: 8, liveSeconds: 2 });
    await options.meanwhile?.(index, story);
    await story.talk({ seconds: 8, liveSeconds: 1 });
    const next = agents[index + 1];
    const handover = options.handovers[index];
    if (next !== undefined && handover !== undefined)
      await handOver(handover, agent, { next, story });
  }
  await caller.hangsUp();
}

async function handOver(
  handover: Handover,
  agent: Agent,
  { next, story }: { readonly next: Agent; readonly story: Story },
): Promise<void> {
  if (handover === "blind") {
    await agent.transfersBlindTo(next.extension);
    await next.answers();
    return;
  }
  await agent.consults(next.extension);
  await next.answers();
  await agent.isBeingRecorded();
  await story.talk({ seconds: 6, liveSeconds: 2 });
  await agent.completesTransfer();
}

/** Three parts of one conversation; each consultation before a part is a call of its own. */
export function threeParts(handovers: ThreeAgents["handovers"], outcome?: "ok"): Expectations {
  const about = outcome === undefined ? {} : { outcome };
  const agents = ["2001", "2002", "2003"];
  let first = 1;
  let count = 0;
  const recordings = agents.flatMap((extension, index) => {
    const before = agents[index - 1];
    const isConsulted = before !== undefined && handovers[index - 1] === "supervised";
    const consultation = isConsulted
      ? [{ ...about, part: 1, extension: before, voices: [before, extension], linkedTo: 0 }]
      : [];
    count += consultation.length + 1;
    if (index === 0) first = count;
    const link = index === 0 ? { linkedTo: 0 } : { linkedTo: first, gapAtMostMs: 60_000 };
    const voices = [CALLER, extension];
    return [...consultation, { ...about, part: index + 1, extension, voices, ...link }];
  });
  return { recordings };
}
