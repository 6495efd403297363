// The people of a swarm: each does at its time what the plan says, if it is possible then, and lets
// it be otherwise. The supervisor asks the recorder's API and does not wait for the answer.
import { ImpossibleAction } from "@tapeline/simulator/pbx";
import { SUPERVISOR, type SwarmPlan, type SwarmStep } from "@tapeline/simulator/people";
import type { LiveListener, Story } from "./story.ts";
import type { SwarmTroubles } from "./swarm-troubles.ts";

/** What the recorder may answer when the call has ended or it has just been started meanwhile. */
const CAME_TOO_LATE = /HTTP (404|409)|cannot listen|a stream of|is not running/;
const ANSWER_LIMIT_SECONDS = 60;
/** Nobody is on more calls than that. */
const HANG_UPS = 10;

export class SwarmPeople {
  readonly #story: Story;
  readonly #troubles: SwarmTroubles;
  readonly #listeners = new Map<string, LiveListener>();
  readonly #paused = new Set<string>();
  /** Requests of the supervisor without an answer, by the life of the recorder. */
  #asked = { life: 0, count: 0, last: new Map<string, Promise<void>>() };
  #failure: Error | null = null;

  constructor(story: Story, troubles: SwarmTroubles) {
    this.#story = story;
    this.#troubles = troubles;
  }

  /** What the supervisor is in the middle of. */
  situations(): readonly string[] {
    const { pbx } = this.#story;
    const isPaused = [...this.#paused].some((extension) => pbx.isRecording(extension));
    const isHeard = [...this.#listeners.values()].some((listener) => !listener.hasEnded());
    return [...(isPaused ? ["paused"] : []), ...(isHeard ? ["listened to"] : [])];
  }

  /** Throws what went wrong with an earlier request of the supervisor. */
  act(step: SwarmStep): void {
    if (this.#failure !== null) throw this.#failure;
    if (step.who === SUPERVISOR) return this.#supervise(step);
    try {
      this.#usePhone(step);
      this.#story.note([step.who, step.what, step.with].join(" ").trim());
    } catch (error) {
      if (!(error instanceof ImpossibleAction)) throw error;
    }
  }

  #usePhone({ who, what, with: other = "" }: SwarmStep): void {
    const { pbx } = this.#story;
    const phone: Readonly<Record<string, () => unknown>> = {
      calls: () => pbx.placeCall({ from: this.#caller(who), to: other }),
      answers: () => pbx.answer(who),
      rejects: () => pbx.reject(who),
      "hangs up": () => pbx.hangUp(who),
      holds: () => pbx.hold(who),
      retrieves: () => pbx.retrieve(who),
      "transfers to": () => pbx.blindTransfer(who, other),
      consults: () => pbx.supervisedTransfer(who, other),
      completes: () => pbx.completeTransfer(who),
      confers: () => pbx.conference(who),
      "parks in": () => pbx.park(who, other),
      unparks: () => pbx.unpark(who, other),
      "picks up from": () => pbx.pickUp(who, other),
      "is private": () => pbx.setPrivate(who, true),
      "is not private": () => pbx.setPrivate(who, false),
      consents: () => pbx.answerConsent(who, "given"),
      "refuses consent": () => pbx.answerConsent(who, "refused"),
    };
    const use = phone[what];
    if (use === undefined) throw new Error(`nobody can "${what}"`);
    use();
  }

  #caller(who: string): { readonly extension: string } | { readonly number: string } {
    const isUser = this.#story.pbx.site.users.some(({ extension }) => extension === who);
    return isUser ? { extension: who } : { number: who };
  }

  #supervise({ what, with: extension = "" }: SwarmStep): void {
    const { supervisor, pbx } = this.#story;
    const agent = this.#story.agent(extension);
    if (what === "stops listening") {
      void this.#listeners.get(extension)?.leaves();
      this.#listeners.delete(extension);
      return;
    }
    if (!this.#troubles.isReady || !pbx.isRecording(extension)) return;
    if (what === "pauses") {
      this.#ask(extension, async () => {
        await supervisor.pauses(agent);
        this.#paused.add(extension);
      });
    } else if (what === "resumes") {
      this.#ask(extension, async () => {
        await supervisor.resumes(agent);
        this.#paused.delete(extension);
      });
    } else if (what === "listens to") {
      this.#ask(extension, async () => {
        this.#listeners.set(extension, await supervisor.listensTo(agent));
      });
    }
  }

  /**
   * About one agent one request after the other: who has not been told that it is paused does not
   * resume it. An answer never comes from a recorder that has crashed meanwhile.
   */
  #ask(extension: string, request: () => Promise<void>): void {
    const { life } = this.#troubles;
    if (this.#asked.life !== life) this.#asked = { life, count: 0, last: new Map() };
    const asked = this.#asked;
    asked.count += 1;
    const answered = (asked.last.get(extension) ?? Promise.resolve()).then(request);
    const done = answered
      .catch((error: Error) => {
        if (!CAME_TOO_LATE.test(error.message)) this.#failure ??= error;
      })
      .finally(() => {
        asked.count -= 1;
      });
    asked.last.set(extension, done);
  }

  /** Everybody hangs up everything, and nobody is private any more. */
  async hangUpAll(plan: SwarmPlan): Promise<void> {
    const { pbx } = this.#story;
    const asked = this.#asked;
    await this.#story.until(
      "the supervisor's requests are answered",
      () => asked.count === 0 || asked.life !== this.#troubles.life,
      ANSWER_LIMIT_SECONDS,
    );
    if (this.#failure !== null) throw this.#failure;
    const users = pbx.site.users.map(({ extension }) => extension);
    for (const extension of users) pbx.setPrivate(extension, false);
    const others = plan.steps.flatMap((step) => [step.who, step.with ?? step.who]);
    for (const party of new Set([...users, ...others])) this.#hangUp(party);
    this.#story.note("everybody hangs up");
    await this.#story.until("no call is left", () => pbx.activeCalls().length === 0);
  }

  #hangUp(party: string): void {
    try {
      for (let call = 0; call < HANG_UPS; call += 1) this.#story.pbx.hangUp(party);
    } catch (error) {
      if (!(error instanceof ImpossibleAction)) throw error;
    }
  }
}
