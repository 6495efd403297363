// Gives life to a scenario's words: people act on the simulated IP Office, supervisors on the
// recorder's API, the world on the faults. Every step waits for the state that it brings about.
import type {
  Agent,
  Caller,
  ConfigurationChange,
  LiveListener,
  MonitorLists,
  LinkFacts,
  RecorderControl,
  Story,
  Supervisor,
  StoryWorld,
  TalkTime,
} from "@tapeline/scenarios";
import type { PbxCall, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import {
  heardBytes,
  StepFailure,
  type Environment,
  type HeardAudio,
} from "../environment/environment.ts";
import { streamOf } from "./live-stream.ts";
import { pausing } from "./pausing.ts";
import { recorderFiles } from "./recorder-files.ts";
import { extensionOf, numberOf } from "./who.ts";

/** Longest wait for the state that a step brings about. */
const STEP_LIMIT_MS = 30_000;
/** To encode and compare one recording, on a machine that does much else. */
const STORE_LIMIT_MS = 5_000;
/** Talk in live mode, unless the scenario says otherwise. */
const LIVE_TALK_SECONDS = 3;
const MONITOR_LOOK_MS = 500;
/** A person takes a moment to pick up; where time is free, it is taken. */
const REACTION_MS = 3_000;
const OUTSIDE_NUMBER = "+4930123456";

export interface Told {
  readonly story: Story;
  readonly listeners: readonly HeardAudio[];
}

/** `onListener` hears of each live ear, for the checkers. */
export function tell(environment: Environment): Told {
  const listeners: HeardAudio[] = [];
  const story: Story = {
    mode: environment.mode,
    seed: environment.seed,
    plan: environment.plan,
    note: (text) => environment.note(text),
    meets: (oddity, situation) => {
      environment.observations.situations.add(`${oddity} × ${situation}`);
    },
    pbx: environment.pbx,
    oddities: environment.pbx.oddities,
    caller: (number = OUTSIDE_NUMBER) => caller(environment, number),
    agent: (who) => agent(environment, extensionOf(environment.pbx.site, who)),
    supervisor: supervisor(environment, listeners),
    recorder: recorderControl(environment),
    world: world(environment),
    webhooks: () => environment.webhooksReceived(),
    talk: (time) => talk(environment, time),
    until: (what, condition, limitSeconds = STEP_LIMIT_MS / 1000) =>
      environment.waitFor(what, condition, limitSeconds * 1000),
  };
  return { story, listeners };
}

function caller(environment: Environment, number: string): Caller {
  const { pbx } = environment;
  const dials = (target: string): PbxCall =>
    pbx.placeCall({ from: { number }, to: numberOf(pbx.site, target) });
  return {
    number,
    async calls(target) {
      environment.note(`${number} calls ${target}`);
      const call = dials(target);
      await environment.waitFor(`${target} rings`, () => call.state === "ringing", STEP_LIMIT_MS);
    },
    waitsFor(target) {
      environment.note(`${number} calls ${target}`);
      dials(target);
      return Promise.resolve();
    },
    answersConsent(answer) {
      environment.note(`${number}: consent ${answer}`);
      pbx.answerConsent(number, answer);
      return Promise.resolve();
    },
    isQueued: () =>
      environment.waitFor(`${number} waits in a queue`, () => pbx.isQueued(number), STEP_LIMIT_MS),
    reachesVoicemail: () =>
      environment.waitFor(
        `${number} reaches voicemail`,
        () => pbx.isAtVoicemail(number),
        STEP_LIMIT_MS * 4,
      ),
    async hangsUp() {
      environment.note(`${number} hangs up`);
      pbx.hangUp(number);
      await environment.waitFor(`${number} is gone`, () => !pbx.isTalking(number), STEP_LIMIT_MS);
    },
  };
}

function agent(environment: Environment, extension: string): Agent {
  const { pbx } = environment;
  const dialled = (who: string): string => numberOf(pbx.site, who);
  const act = (what: string, action: () => void): Promise<void> => {
    environment.note(`${extension} ${what}`);
    action();
    return Promise.resolve();
  };
  const until = (what: string, condition: () => boolean): Promise<void> =>
    environment.waitFor(`${extension} ${what}`, condition, STEP_LIMIT_MS);
  return {
    extension,
    async calls(target) {
      environment.note(`${extension} calls ${target}`);
      const call = pbx.placeCall({ from: { extension }, to: dialled(target) });
      await until(`hears ${target} ring`, () => call.state === "ringing");
    },
    async answers() {
      await until("rings", () => pbx.isRinging(extension));
      if (environment.mode === "virtual") await environment.sleep(REACTION_MS);
      await act("answers", () => pbx.answer(extension));
      await until("talks", () => pbx.isTalking(extension));
    },
    holds: () => act("holds", () => pbx.hold(extension)),
    retrieves: () => act("retrieves", () => pbx.retrieve(extension)),
    transfersBlindTo: (target) =>
      act(`transfers to ${target}`, () => pbx.blindTransfer(extension, dialled(target))),
    async consults(target) {
      environment.note(`${extension} consults ${target}`);
      const call = pbx.supervisedTransfer(extension, dialled(target));
      await until(`hears ${target} ring`, () => call.state === "ringing");
    },
    completesTransfer: () => act("completes the transfer", () => pbx.completeTransfer(extension)),
    async confers() {
      await act("confers", () => pbx.conference(extension));
      await until("talks", () => pbx.isTalking(extension));
    },
    parks: (slot) => act(`parks in ${slot}`, () => pbx.park(extension, slot)),
    async unparks(slot) {
      await act(`unparks ${slot}`, () => pbx.unpark(extension, slot));
      await until("talks", () => pbx.isTalking(extension));
    },
    ...takeovers(pbx, extension, { act, until }),
    chargesTo: (accountCode) =>
      act(`enters account code ${accountCode}`, () => pbx.chargeTo(extension, accountCode)),
    async rejects() {
      await until("rings", () => pbx.isRinging(extension));
      await act("rejects", () => pbx.reject(extension));
    },
    isPrivate: (isPrivate) =>
      act(isPrivate ? "is private" : "is no longer private", () =>
        pbx.setPrivate(extension, isPrivate),
      ),
    async hangsUp() {
      await act("hangs up", () => pbx.hangUp(extension));
      await until("is gone", () => !pbx.isTalking(extension));
    },
    isBeingRecorded: () => until("is being recorded", () => pbx.isRecording(extension)),
    isNoLongerRecorded: () => until("is no longer recorded", () => !pbx.isRecording(extension)),
  };
}

/** What a user does with calls of others. */
function takeovers(
  pbx: SimulatedIpOffice,
  extension: string,
  {
    act,
    until,
  }: {
    readonly act: (what: string, action: () => void) => Promise<void>;
    readonly until: (what: string, condition: () => boolean) => Promise<void>;
  },
): Pick<Agent, "picksUp" | "intrudesOn" | "stealsFrom"> {
  const talks = (): Promise<void> => until("talks", () => pbx.isTalking(extension));
  const user = (who: string): string => numberOf(pbx.site, who);
  return {
    async picksUp(ringingAt) {
      const from = ringingAt === undefined ? null : user(ringingAt);
      await act(`picks up from ${from ?? "anywhere"}`, () => pbx.pickUp(extension, from));
      await talks();
    },
    async intrudesOn(who) {
      await act(`intrudes on ${who}`, () => pbx.intrude(extension, user(who)));
      await talks();
    },
    async stealsFrom(who) {
      await act(`takes the call of ${who}`, () => pbx.steal(extension, user(who)));
      await talks();
    },
  };
}

function supervisor(environment: Environment, listeners: HeardAudio[]): Supervisor {
  return {
    ...pausing(environment),
    finds: (path, what, isWanted) => finds(environment, { path, what, isWanted }),
    async listensTo(who, from = "now") {
      environment.note(`a supervisor listens to ${who.extension}, from ${from}`);
      const heard = await environment.listen(await streamOf(environment, who.extension), from);
      listeners.push(heard);
      return liveListener(heard);
    },
    looksAtMonitor: () => monitorLists(environment),
    sees: (what, isShown) => seesMonitor(environment, what, isShown),
  };
}

async function monitorLists(environment: Environment): Promise<MonitorLists> {
  const { status, body } = await environment.api("GET", "/api/v1/monitor");
  if (status !== 200) throw new StepFailure(`the monitor: HTTP ${status}`);
  return body as MonitorLists;
}

/** Looks once a second. */
async function seesMonitor(
  environment: Environment,
  what: string,
  isShown: (lists: MonitorLists) => boolean,
): Promise<void> {
  environment.note(`a supervisor looks whether ${what}`);
  const endMs = environment.deadlineMs(STEP_LIMIT_MS);
  for (;;) {
    const lists = await monitorLists(environment);
    if (isShown(lists)) return;
    if (environment.nowMs() >= endMs) {
      throw new StepFailure(`the monitor never showed that ${what}: ${JSON.stringify(lists)}`);
    }
    await environment.sleep(MONITOR_LOOK_MS);
  }
}

async function finds(
  environment: Environment,
  wanted: {
    readonly path: string;
    readonly what: string;
    readonly isWanted: (body: unknown) => boolean;
  },
): Promise<void> {
  const { path, what, isWanted } = wanted;
  environment.note(`a supervisor looks at ${path}: ${what}`);
  const endMs = environment.deadlineMs(STEP_LIMIT_MS);
  for (;;) {
    const { body } = await environment.api("GET", path);
    if (isWanted(body)) return;
    if (environment.nowMs() >= endMs) {
      throw new StepFailure(`${what}: not in ${path}, but ${JSON.stringify(body)}`);
    }
    await environment.sleep(MONITOR_LOOK_MS);
  }
}

function liveListener(heard: HeardAudio): LiveListener {
  return {
    heard: () => ({
      fromSample: heard.fromSample ?? 0,
      audio: heardBytes(heard.pieces),
    }),
    news: () => heard.news,
    lostFrames: () => heard.lostFrames,
    hasEnded: () => heard.hasEnded,
    isStopped() {
      heard.stop();
      return Promise.resolve();
    },
    goesOn() {
      heard.goOn();
      return Promise.resolve();
    },
    leaves: () => {
      heard.hasLeft = true;
      heard.leave();
      return Promise.resolve();
    },
  };
}

/** Looks at /readyz twice a second. */
async function tellsOfLink(
  environment: Environment,
  facts: LinkFacts,
  { office, limitMs }: { readonly office: number; readonly limitMs: number },
) {
  const wanted = JSON.stringify(facts);
  environment.note(`the recorder tells of IP Office ${office}: ${wanted}`);
  const endMs = environment.deadlineMs(limitMs);
  for (;;) {
    const { body } = await environment.api("GET", "/readyz");
    const { links = [] } = body as {
      readonly links?: readonly Readonly<Record<string, unknown>>[];
    };
    const told = links[office] ?? {};
    if (Object.entries(facts).every(([name, value]) => told[name] === value)) return;
    if (environment.nowMs() >= endMs) {
      throw new StepFailure(`the link never told ${wanted}, but ${JSON.stringify(told)}`);
    }
    await environment.sleep(MONITOR_LOOK_MS);
  }
}

async function refuses(
  environment: Environment,
  change: ConfigurationChange,
  paths: readonly string[],
): Promise<void> {
  const problems = await environment.refusedReload(change);
  const found = problems.map((problem) => problem.split(" ")[0]);
  const missing = paths.filter((path) => !found.includes(path));
  if (missing.length > 0) {
    throw new StepFailure(`no problem at ${missing.join(", ")}, but ${problems.join("; ")}`);
  }
}

function recorderControl(environment: Environment): RecorderControl {
  return {
    tellsOfLink: (facts, office = 0, limitSeconds = STEP_LIMIT_MS / 1_000) =>
      tellsOfLink(environment, facts, { office, limitMs: limitSeconds * 1_000 }),
    crashes: (kind = "process") => environment.crash(kind),
    restarts: () => environment.restart(),
    reloads: (change) => environment.reload(change),
    refuses: (change, paths) => refuses(environment, change, paths),
    hasFinished: (count) =>
      environment.waitFor(
        `${count} finished live pairs`,
        () => environment.livePaths().filter((path) => path.endsWith(".vrtx")).length >= count,
        STEP_LIMIT_MS * 4,
      ),
    hasStored: (count) =>
      environment.waitFor(
        `${count} recordings in the pool`,
        () => storedCount(environment) >= count,
        STEP_LIMIT_MS * 4 + count * STORE_LIMIT_MS,
      ),
    hasLogged: (code) =>
      environment.waitFor(`the log tells ${code}`, environment.hasLogged(code), STEP_LIMIT_MS * 4),
    ...recorderFiles(environment),
    isIdle: () =>
      environment.waitFor("everything is stored", environment.isIdle, STEP_LIMIT_MS * 10),
    isUp: () => environment.isRecorderUp(),
  };
}

function storedCount(environment: Environment): number {
  return environment.storedPaths().filter((path) => path.endsWith(".vrtx")).length;
}

function world(environment: Environment): StoryWorld {
  const { faults } = environment;
  return {
    loses({ link = false, ...datagrams }) {
      if (link) faults.resetStreams();
      if (!link || Object.keys(datagrams).length > 0) faults.datagrams(datagrams);
    },
    cutsStreams: (given) => faults.streams(given),
    separates: (isCut) => faults.cut(isCut),
    allowsOnly: (flows) => faults.allowOnly(flows),
    driveSpace: (index, bytes) => faults.driveSpace(index, bytes),
    freezesDrive: (index) => faults.freezeDrive(index),
    losesDrive: (index) => faults.loseDrive(index),
    healsDrive: (index) => faults.healDrive(index),
    crashesAtDiskCall: (point, kind) => faults.crashAtDiskCall(point, kind),
    webhookAnswers: (how) => faults.webhookAnswers(how),
    slowsLiveDisk: (byMs) => faults.slowLiveDisk(byMs),
    freezesLiveDisk: () => faults.freezeLiveDisk(),
    healsLiveDisk: () => faults.healLiveDisk(),
    runsOutOfFiles: () => faults.exhaustDescriptors(),
    stepsClock: (byMs) => faults.stepClock(byMs),
    heals: () => faults.heal(),
  };
}

/** Live, people talk for as many frames as the time holds: a condition, not a duration. */
async function talk(environment: Environment, time: TalkTime): Promise<void> {
  if (!(time.seconds >= 0 && Number.isFinite(time.seconds))) {
    const said = JSON.stringify(time);
    throw new StepFailure(`talk(${said}): how long? Say it in seconds, as talk({ seconds: 90 })`);
  }
  if (environment.mode === "virtual") return environment.sleep(time.seconds * 1000);
  const seconds = time.liveSeconds ?? Math.min(time.seconds, LIVE_TALK_SECONDS);
  const endMs = environment.nowMs() + seconds * 1000;
  const legs = environment.pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  const talking = legs
    .filter(({ answeredMs, endedMs }) => answeredMs !== null && endedMs === null)
    .map((leg) => ({ leg, frames: spokenFrames(leg) + seconds * 50 }));
  await environment.waitFor(
    `${seconds} s of talk`,
    () =>
      environment.nowMs() >= endMs &&
      talking.every(({ leg, frames }) => spokenFrames(leg) >= frames || !isSpeaking(leg, endMs)),
    STEP_LIMIT_MS * 4,
  );
}

/** How many frames of 20 ms have passed: numbers count on where a packet holds more or none. */
function spokenFrames({ frames }: { readonly frames: readonly { tag: { frame: number } }[] }) {
  return (frames.at(-1)?.tag.frame ?? -1) + 1;
}

/** False for a leg that is on hold, silent on purpose or over: no more frames are to be had. */
function isSpeaking(
  leg: { readonly endedMs: number | null; readonly frames: readonly { sentMs: number }[] },
  endMs: number,
): boolean {
  const last = leg.frames.at(-1);
  return leg.endedMs === null && last !== undefined && last.sentMs > endMs - 500;
}
