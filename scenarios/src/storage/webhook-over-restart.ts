// Proves R6: a finished recording is told to the webhook's receiver, however long that one fails,
// and over a crash; no message is lost, repetitions have the same id.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/webhook-over-restart",
  title: "The webhook's receiver hangs, resets, redirects and fails; the recorder crashes",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "the receiver stands in the virtual network; tests of webhook/ use real HTTP",
  recorder: {
    webhooks: [{ url: "https://crm.example.com/recordings", secret: "s3cret-of-the-crm" }],
  },
  async story({ caller, agent, talk, recorder, world, until, webhooks }) {
    const outside = caller();
    const alice = agent("2001");
    for (const trouble of ["hang", "reset", 302, 500] as const) {
      world.webhookAnswers(trouble);
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 15 });
      await alice.hangsUp();
    }
    await recorder.hasStored(4);
    await recorder.hasLogged("WEBHOOK_FAILED");
    await recorder.crashes();
    world.webhookAnswers(200);
    await recorder.restarts();
    const taken = (): ReadonlySet<string> =>
      new Set(
        webhooks()
          .filter(({ status }) => status === 200)
          .map(({ headers }) => headers["tapeline-delivery"] ?? ""),
      );
    await until("four messages have been taken", () => taken().size === 4, 600);
  },
  expects: { recordings: [{ outcome: "ok" }, {}, {}, {}] },
});
