// One call of a swarm from its beginning to its end, and what people do with it on the way: the
// steps of a plan that belong together. Nothing here waits for anything: a step that is not
// possible when its time has come is passed over.
import type { SeededRandom } from "../world/contract.ts";
import type { Situation } from "./swarm-coverage.ts";
import { SUPERVISOR, type SwarmAct, type SwarmStep } from "./swarm-plan.ts";

const AGENTS = ["2001", "2002", "2003", "2004", "2005", "2006", "2007", "2008", "2009", "2010"];
/** Of the built-in site: Sales rings all, Support one after the other; both may queue. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "300": ["2001", "2002", "2003"],
  "301": ["2004", "2005"],
};
const SLOTS = ["620", "621"];
/** Who has a voicemail box soon enough for a caller to get there. */
const ABSENT = ["2008", "2009", "2010"];

/** What may happen to a call that is up, each a few steps. */
const TURNS: readonly ((line: CallLine) => void)[] = [
  (line) => line.hold(),
  (line) => line.blindTransfer(),
  (line) => line.consult(),
  (line) => line.park(),
  (line) => line.goPrivate(),
  (line) => line.askConsent(),
  (line) => line.pause(),
  (line) => line.listen(),
];

/** The turn that leads to a situation. */
const WAYS: Partial<Record<Situation, (line: CallLine) => void>> = {
  held: (line) => line.hold(),
  consulting: (line) => line.consult(),
  conference: (line) => line.confer(),
  parked: (line) => line.park(),
  private: (line) => line.goPrivate(),
  paused: (line) => line.pause(),
  "listened to": (line) => line.listen(),
};

/** Where a plan tries to get to, beside whatever happens by chance. */
export const AIMS = [
  "queued",
  "voicemail",
  "held",
  "consulting",
  "conference",
  "parked",
  "private",
  "paused",
  "listened to",
] as const satisfies readonly Situation[];
export type Aim = (typeof AIMS)[number];

/** When a line should be in a situation, if all goes as planned. */
export interface Span {
  readonly situation: Situation;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A recording is dialled and answered within this after a call is. */
const DIALLING_MS = 10;
const JUST_ENDED_MS = 2_500;
const QUEUED_MS = 3_000;
const VOICEMAIL_MS = 6_000;

export class CallLine {
  readonly #random: SeededRandom;
  readonly #steps: SwarmStep[] = [];
  readonly #aim: Aim | null;
  /** What the line is likely to come by, for troubles to be aimed at. */
  readonly spans: Span[] = [];
  readonly #outside: string;
  #nowMs: number;
  /** Who talks for the site now. */
  #agent: string;
  /** The other one: outside number, or a colleague. */
  #other: string;

  constructor(
    random: SeededRandom,
    options: { readonly index: number; readonly beginsMs: number; readonly aim?: Aim | null },
  ) {
    const { index, beginsMs, aim = null } = options;
    this.#random = random;
    this.#aim = aim;
    this.#nowMs = beginsMs;
    this.#outside = `+4930${String(7_000 + index)}`;
    this.#agent = this.#pick(AGENTS);
    this.#other = this.#outside;
  }

  /** Draws the line; to be called once. */
  steps(): readonly SwarmStep[] {
    if (this.#begin()) {
      const turns = this.#random.integer(0, 3);
      const way = this.#aim === null ? undefined : WAYS[this.#aim];
      const talkedMs = this.#nowMs;
      for (let turn = 0; turn < turns; turn += 1) this.#turn(this.#pick(TURNS));
      if (way !== undefined) this.#turn(way);
      this.#wait(300, 3_000);
      this.#likely("recording up", talkedMs);
      this.#likely("talking", talkedMs);
      this.#do(this.#random.chance(0.5) ? this.#agent : this.#other, "hangs up");
      this.#likely("recording just ended", this.#nowMs, JUST_ENDED_MS);
    }
    return this.#steps;
  }

  /** False when the call is given up or refused before anybody talks. */
  #begin(): boolean {
    const kind = this.#random.fraction();
    let rings = this.#agent;
    if (this.#aim === "voicemail") return this.#goToVoicemail();
    if (this.#aim === "queued" || kind < 0.25) {
      const group = this.#pick(Object.keys(GROUPS));
      this.#do(this.#outside, "calls", group);
      this.#agent = this.#pick(GROUPS[group] ?? AGENTS);
      rings = this.#agent;
    } else if (kind < 0.4) {
      this.#other = this.#another();
      this.#do(this.#other, "calls", this.#agent);
    } else if (kind < 0.55) {
      this.#other = this.#outside.slice(1);
      this.#do(this.#agent, "calls", `9${this.#other}`);
      rings = this.#other;
    } else {
      this.#do(this.#outside, "calls", this.#agent);
    }
    const rangMs = this.#nowMs;
    if (this.#aim === "queued") this.#likely("queued", rangMs, QUEUED_MS);
    this.#wait(300, 2_000);
    this.#likely("ringing", rangMs);
    return this.#isTaken(rings);
  }

  /** Nobody is there: the caller speaks to the mailbox. */
  #goToVoicemail(): boolean {
    this.#agent = this.#pick(ABSENT);
    this.#do(this.#outside, "calls", this.#agent);
    this.#likely("voicemail", this.#nowMs + 2_000, VOICEMAIL_MS);
    this.#wait(5_000, 8_000);
    return true;
  }

  #isTaken(rings: string): boolean {
    const chance = this.#random.fraction();
    if (chance < 0.04) this.#do(rings, "rejects");
    else if (chance < 0.08) this.#do(this.#other, "hangs up");
    else if (chance < 0.12) this.#wait(4_000, 7_000);
    else if (chance < 0.2 && rings === this.#agent) {
      const helper = this.#another();
      this.#do(helper, "picks up from", rings);
      this.#agent = helper;
      return true;
    } else {
      this.#do(rings, "answers");
      this.#likely("recording being dialled", this.#nowMs, DIALLING_MS);
      return true;
    }
    return false;
  }

  hold(): void {
    this.#do(this.#agent, "holds");
    this.#waitIn("held", 200, 2_000);
    this.#do(this.#agent, "retrieves");
  }

  blindTransfer(): void {
    const next = this.#another();
    this.#do(this.#agent, "transfers to", next);
    this.#wait(200, 1_500);
    this.#do(next, "answers");
    this.#agent = next;
  }

  consult(): void {
    const next = this.#another();
    this.#do(this.#agent, "consults", next);
    this.#waitIn("consulting", 200, 1_500);
    const isBlind = this.#random.chance(0.15);
    if (!isBlind) {
      this.#do(next, "answers");
      this.#wait(200, 2_000);
    }
    const chance = this.#random.fraction();
    if (chance < 0.25) {
      this.#do(next, "hangs up");
      this.#wait(100, 800);
      this.#do(this.#agent, "retrieves");
      return;
    }
    if (chance < 0.55) return this.#confer(next);
    this.#do(this.#agent, "completes");
    if (isBlind) {
      this.#wait(200, 1_000);
      this.#do(next, "answers");
    }
    this.#agent = next;
  }

  confer(): void {
    const next = this.#another();
    this.#do(this.#agent, "consults", next);
    this.#wait(200, 1_000);
    this.#do(next, "answers");
    this.#wait(100, 1_000);
    this.#confer(next);
  }

  #confer(third: string): void {
    this.#do(this.#agent, "confers");
    this.#waitIn("conference", 500, 2_000);
    this.#do(third, "hangs up");
  }

  park(): void {
    const slot = this.#pick(SLOTS);
    this.#do(this.#agent, "parks in", slot);
    this.#waitIn("parked", 200, 2_000);
    if (this.#random.chance(0.5)) this.#agent = this.#another();
    this.#do(this.#agent, "unparks", slot);
  }

  goPrivate(): void {
    this.#do(this.#agent, "is private");
    this.#waitIn("private", 300, 1_500);
    this.#do(this.#agent, "is not private");
  }

  askConsent(): void {
    this.#do(this.#other, this.#random.chance(0.6) ? "consents" : "refuses consent");
  }

  pause(): void {
    this.#do(SUPERVISOR, "pauses", this.#agent);
    this.#waitIn("paused", 200, 2_000);
    if (this.#random.chance(0.8)) this.#do(SUPERVISOR, "resumes", this.#agent);
  }

  listen(): void {
    this.#do(SUPERVISOR, "listens to", this.#agent);
    this.#waitIn("listened to", 300, 1_500);
    if (this.#random.chance(0.7)) return;
    this.#do(SUPERVISOR, "stops listening", this.#agent);
  }

  #turn(turn: (line: CallLine) => void): void {
    this.#wait(300, 2_500);
    turn(this);
  }

  #do(who: string, what: SwarmAct, other?: string): void {
    const step = { atMs: this.#nowMs, who, what };
    this.#steps.push(other === undefined ? step : { ...step, with: other });
  }

  #wait(minimumMs: number, maximumMs: number): void {
    this.#nowMs += this.#random.integer(minimumMs, maximumMs);
  }

  #waitIn(situation: Situation, minimumMs: number, maximumMs: number): void {
    const fromMs = this.#nowMs;
    this.#wait(minimumMs, maximumMs);
    this.#likely(situation, fromMs);
  }

  /** Until now, if it is not said for how long. */
  #likely(situation: Situation, fromMs: number, lastsMs = this.#nowMs - fromMs): void {
    this.spans.push({ situation, fromMs, toMs: fromMs + lastsMs });
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[this.#random.integer(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError("there is nothing to choose from");
    return choice;
  }

  #another(): string {
    return this.#pick(AGENTS.filter((each) => each !== this.#agent && each !== this.#other));
  }
}
