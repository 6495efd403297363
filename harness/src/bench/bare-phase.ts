// The yardstick: what a packet costs a bare receive loop on this machine, now. The same simulated
// IP Office calls it with as many calls and the same pacing as the recorder gets.
import { BenchChild } from "./bench-child.ts";
import { Office, type BenchRun } from "./bench-run.ts";
import type { BareRequest } from "./bare-receiver.ts";
import type { CpuTime } from "./cpu-time.ts";

/** Seconds that are enough to be exact to a percent. */
const SECONDS_LIMIT = 10;

/** CPU time a packet; null where the system does not tell it. */
export async function measureBareLoop(run: BenchRun): Promise<CpuTime | null> {
  const { calls } = run.options;
  const seconds = Math.min(run.options.seconds, SECONDS_LIMIT);
  const receiver = new BenchChild<BareRequest>(
    new URL(`./bare-receiver${import.meta.url.slice(-3)}`, import.meta.url),
  );
  const office = new Office();
  try {
    const dialled = (await receiver.ask({ type: "address" })) as string;
    await office.ask({ type: "start", calls, dialled });
    run.tell(`a bare receive loop, ${calls} calls, ${seconds} s`);
    await office.ask({ type: "call" });
    const cpu = await run.cpuPerPacket(office, { pid: receiver.pid, threadName: null }, seconds);
    const { packetsSent } = await office.state();
    if (((await receiver.ask({ type: "packets" })) as number) === 0 && packetsSent > 0) {
      throw new Error("the bare receive loop received nothing");
    }
    return cpu;
  } finally {
    await Promise.all([office.kill(), receiver.kill()]);
  }
}
