// A DevLink3 link: connect, log in, ask for events, synchronise, stream, keep alive, reconnect.
// devlink3.md §4–§6. This file only decides; link-client.ts owns connection, clock and password.
import { unreachable } from "../assert.ts";
import { hex32 } from "./big-endian.ts";
import { stepCounters } from "./event-counters.ts";
import {
  ANSWER_TIMEOUT_MS,
  IDLE_MS,
  SNAPSHOT_MAXIMUM_MS,
  SNAPSHOT_QUIET_MS,
  TEST_TIMEOUT_MS,
  type AuthenticatingState,
  type LinkInput,
  type LinkMachineState,
  type LinkMemory,
  type LinkOutput,
  type LinkSettings,
  type LinkStep,
  type LinkTimer,
  type RequestingState,
  type RestingState,
  type StreamState,
} from "./link-machine-state.ts";
import {
  buildTrouble,
  eventRefusal,
  loginRefusal,
  parseBuild,
  reconnectDelayMs,
  type EventRefusal,
  type Trouble,
} from "./link-policy.ts";
import { stepLogin } from "./login-machine.ts";
import { isError, RESULT, type EventPacket, type Packet } from "./packet.ts";
import { findText, textTuple, TUPLE_CODE, type Tuple } from "./tuple.ts";

export function step(state: LinkMachineState, input: LinkInput, settings: LinkSettings): LinkStep {
  if (input.type === "close") return close(state);
  switch (state.name) {
    case "idle":
      return input.type === "start" ? connect(state.memory) : stay(state);
    case "connecting":
      return stepConnecting(state, input, settings);
    case "authenticating":
      return stepAuthenticating(state, input, settings);
    case "requesting":
      return stepRequesting(state, input);
    case "synchronising":
    case "streaming":
      return stepStream(state, input);
    case "waiting":
      return isTimer(input, "retry") ? connect(state.memory) : stay(state);
    case "refused":
    case "closed":
      return stay(state);
    default:
      return unreachable(state);
  }
}

// ---- Before the stream -------------------------------------------------------------------------

function connect(memory: LinkMemory): LinkStep {
  return to({ name: "connecting", memory }, { type: "connect" });
}

function stepConnecting(state: RestingState, input: LinkInput, settings: LinkSettings): LinkStep {
  switch (input.type) {
    case "connectFailed":
    case "lost":
      return lost(state, input);
    case "connected": {
      const [memory, requestId] = nextRequestId(state.memory);
      const tuples = [textTuple(TUPLE_CODE.applicationName, settings.applicationName)];
      const { user } = settings;
      return to(
        { name: "authenticating", memory, login: { name: "userSent", requestId } },
        { type: "send", packet: { type: "authRequest", requestId, user, tuples } },
        start("answer", ANSWER_TIMEOUT_MS),
      );
    }
    default:
      return stay(state);
  }
}

function stepAuthenticating(
  state: AuthenticatingState,
  input: LinkInput,
  settings: LinkSettings,
): LinkStep {
  if (input.type !== "packet") return stepUnanswered(state, input);
  const [memory, requestId] = nextRequestId(state.memory);
  const context = { isSecure: settings.isSecure, nextRequestId: requestId };
  const login = stepLogin(state.login, input.packet, context);
  switch (login.type) {
    case "ignore":
      return ignore(state, input.packet);
    case "answer":
      return to(
        { name: "authenticating", memory, login: login.state },
        { type: "answer", requestId, challenge: login.challenge },
        start("answer", ANSWER_TIMEOUT_MS),
      );
    case "plainRefused":
      return refuse(state, { code: "DEVLINK3_PLAIN_REFUSED", detail: "connection closed" });
    case "askedAgain":
      return refuse(state, { code: "DEVLINK3_REFUSED", detail: "a second challenge came" });
    case "failure":
      return obey(state, loginRefusal(login.result, memory.postponements), input.chance);
    case "success":
      return requestEvents(memory, requestId, login.tuples);
    default:
      return unreachable(login);
  }
}

function requestEvents(memory: LinkMemory, requestId: number, tuples: readonly Tuple[]): LinkStep {
  const version = findText(tuples, TUPLE_CODE.pbxVersion);
  const trouble = buildTrouble(parseBuild(version));
  const { flags } = memory;
  return to(
    { name: "requesting", requestId, memory: { ...memory, version, postponements: 0 } },
    { type: "loggedIn", tuples },
    ...(trouble === null ? [] : [report(trouble)]),
    { type: "send", packet: { type: "eventRequest", requestId, flags } },
    start("answer", ANSWER_TIMEOUT_MS),
  );
}

function stepRequesting(state: RequestingState, input: LinkInput): LinkStep {
  if (input.type !== "packet") return stepUnanswered(state, input);
  const { packet } = input;
  if (packet.type !== "eventResponse" || packet.requestId !== state.requestId) {
    return ignore(state, packet);
  }
  const asked = state.memory.flags;
  if (isError(packet.result)) {
    const refusal = eventRefusal(packet.result, { asked, granted: packet.flags });
    return obey(state, refusal, input.chance);
  }
  const isPartial = packet.result === RESULT.partialSuccess;
  return beginStream(state.memory, isPartial ? packet.flags : asked);
}

function beginStream(before: LinkMemory, grantedFlags: readonly string[]): LinkStep {
  const missing = before.flags.filter((flag) => !grantedFlags.includes(flag));
  const partial: Trouble | null =
    missing.length === 0
      ? null
      : { code: "DEVLINK3_FLAGS_REFUSED", detail: `not granted: ${missing.join(" ")}` };
  const memory = { ...before, epoch: before.epoch + 1 };
  const stream = { counters: new Map(), grantedFlags, partial, testRequestId: null };
  return to(
    { name: "synchronising", memory, stream },
    { type: "stop", timer: "answer" },
    ...(partial === null ? [] : [report(partial)]),
    { type: "streamBegan", epoch: memory.epoch },
    start("quiet", SNAPSHOT_QUIET_MS),
    start("snapshot", SNAPSHOT_MAXIMUM_MS),
    start("idle", IDLE_MS),
  );
}

/** An answer is due; everything but a packet. */
function stepUnanswered(state: AuthenticatingState | RequestingState, input: LinkInput): LinkStep {
  switch (input.type) {
    case "connectFailed":
    case "lost":
    case "damaged":
      return lost(state, input);
    case "timer": {
      if (input.timer !== "answer") return stay(state);
      const detail = `no answer to the ${state.name === "requesting" ? "event request" : "login"}`;
      return reconnect(state, { code: "DEVLINK3_SILENT", detail }, input.chance);
    }
    default:
      return stay(state);
  }
}

// ---- Stream ------------------------------------------------------------------------------------

function stepStream(state: StreamState, input: LinkInput): LinkStep {
  switch (input.type) {
    case "packet":
      return stepStreamPacket(state, input.packet, input.chance);
    case "connectFailed":
    case "lost":
    case "damaged":
      return lost(state, input);
    case "timer":
      return stepStreamTimer(state, input.timer, input.chance);
    default:
      return stay(state);
  }
}

function stepStreamTimer(state: StreamState, timer: LinkTimer, chance: number): LinkStep {
  switch (timer) {
    case "quiet":
    case "snapshot":
      return state.name === "synchronising" ? finishSnapshot(state) : stay(state);
    case "idle": {
      const [memory, requestId] = nextRequestId(state.memory);
      const packet: Packet = { type: "testRequest", requestId, payload: new Uint8Array(0) };
      return to(
        { ...state, memory, stream: { ...state.stream, testRequestId: requestId } },
        { type: "send", packet },
        start("test", TEST_TIMEOUT_MS),
      );
    }
    case "test": {
      const detail = `no answer to a test packet in ${TEST_TIMEOUT_MS} ms`;
      return reconnect(state, { code: "DEVLINK3_SILENT", detail }, chance);
    }
    case "retry":
    case "answer":
      return stay(state);
    default:
      return unreachable(timer);
  }
}

function finishSnapshot(state: StreamState): LinkStep {
  const memory = { ...state.memory, failures: 0, trouble: null };
  return to(
    { name: "streaming", memory, stream: state.stream },
    { type: "stop", timer: "quiet" },
    { type: "stop", timer: "snapshot" },
    { type: "snapshotFinished" },
  );
}

function stepStreamPacket(state: StreamState, packet: Packet, chance: number): LinkStep {
  if (packet.type === "testResponse" && isError(packet.result)) {
    // STREAM_INTEGRITY_LOST and its kin "mean that this stream is finished".  §4
    const detail = `result ${hex32(packet.result)} to a test packet`;
    return reconnect(state, { code: "DEVLINK3_INTEGRITY_LOST", detail }, chance);
  }
  // Whatever comes proves that the other side lives.
  const alive = state.stream.testRequestId === null ? [] : [stop("test")];
  const stream = { ...state.stream, testRequestId: null };
  const traffic: LinkOutput[] = [...alive, start("idle", IDLE_MS)];
  if (packet.type !== "event") return to({ ...state, stream }, ...traffic);
  const { counters, lostCount, isOld } = stepCounters(stream.counters, packet);
  const delivered: LinkStep = to(
    { ...state, stream: { ...stream, counters } },
    ...traffic,
    ...(isOld ? [note(`old counter ${packet.counter} from ${packet.address}`)] : []),
    { type: "deliver", event: packet },
    ...restartQuiet(state, packet),
  );
  if (lostCount === 0) return delivered;
  // The event itself is good. What was lost comes back only with a new snapshot, and "a second
  // Event request on the same stream is not documented".  §6.2
  const detail = `${lostCount} events of ${packet.address} before counter ${packet.counter}`;
  const again = reconnect(delivered.state, { code: "DEVLINK3_EVENTS_LOST", detail }, chance);
  return { state: again.state, outputs: [...delivered.outputs, ...again.outputs] };
}

function restartQuiet(state: StreamState, event: EventPacket): LinkOutput[] {
  const hasRecord = event.tuples.some(({ code }) => code === TUPLE_CODE.callDelta3);
  return state.name === "synchronising" && hasRecord ? [start("quiet", SNAPSHOT_QUIET_MS)] : [];
}

// ---- Ways out ----------------------------------------------------------------------------------

function lost(state: LinkMachineState, input: LinkInput): LinkStep {
  if (input.type === "connectFailed") return reconnect(state, input.trouble, input.chance);
  const code = input.type === "damaged" ? "DEVLINK3_INTEGRITY_LOST" : "DEVLINK3_CONNECTION_LOST";
  const detail = input.type === "damaged" || input.type === "lost" ? input.detail : "";
  return reconnect(state, { code, detail }, input.chance);
}

/** Reconnects after the back-off. */
function reconnect(state: LinkMachineState, trouble: Trouble, chance: number): LinkStep {
  const { failures } = state.memory;
  const memory = { ...state.memory, failures: failures + 1 };
  return wait({ ...state, memory }, trouble, reconnectDelayMs(failures, chance));
}

function wait(state: LinkMachineState, trouble: Trouble, delayMs: number): LinkStep {
  const memory = { ...state.memory, trouble };
  return to({ name: "waiting", memory }, ...leave(state, trouble), start("retry", delayMs));
}

/** No further attempt. */
function refuse(state: LinkMachineState, trouble: Trouble): LinkStep {
  const memory = { ...state.memory, trouble };
  return to({ name: "refused", memory }, ...leave(state, trouble));
}

function obey(state: LinkMachineState, refusal: EventRefusal, chance: number): LinkStep {
  switch (refusal.action) {
    case "stop":
      return refuse(state, refusal.trouble);
    case "retry": {
      const isLater = refusal.trouble.code === "DEVLINK3_RETRY_LATER";
      const postponements = isLater ? state.memory.postponements + 1 : 0;
      const memory = { ...state.memory, postponements };
      return wait({ ...state, memory }, refusal.trouble, refusal.delayMs);
    }
    case "ask-less": {
      const { flags, trouble } = refusal;
      const memory = { ...state.memory, flags, flagTrouble: trouble };
      return reconnect({ ...state, memory }, trouble, chance);
    }
    default:
      return unreachable(refusal);
  }
}

function close(state: LinkMachineState): LinkStep {
  if (state.name === "closed") return stay(state);
  const memory = { ...state.memory, trouble: null };
  return to({ name: "closed", memory }, ...leave(state, null));
}

/** Takes down whatever the state has. */
function leave(state: LinkMachineState, trouble: Trouble | null): LinkOutput[] {
  return [
    { type: "stopAll" },
    { type: "disconnect" },
    ...("stream" in state ? [{ type: "streamEnded" } as const] : []),
    ...(trouble === null ? [] : [report(trouble)]),
  ];
}

// ---- Small ones --------------------------------------------------------------------------------

function nextRequestId(memory: LinkMemory): [LinkMemory, number] {
  const lastRequestId = (memory.lastRequestId % 0xffffffff) + 1;
  return [{ ...memory, lastRequestId }, lastRequestId];
}

function ignore(state: LinkMachineState, packet: Packet): LinkStep {
  return to(state, note(`${packet.type} ignored while ${state.name}`));
}

function isTimer(input: LinkInput, timer: LinkTimer): boolean {
  return input.type === "timer" && input.timer === timer;
}

function to(state: LinkMachineState, ...outputs: LinkOutput[]): LinkStep {
  return { state, outputs };
}

function stay(state: LinkMachineState): LinkStep {
  return { state, outputs: [] };
}

function start(timer: LinkTimer, delayMs: number): LinkOutput {
  return { type: "start", timer, delayMs };
}

function stop(timer: LinkTimer): LinkOutput {
  return { type: "stop", timer };
}

function report(trouble: Trouble): LinkOutput {
  return { type: "report", trouble };
}

function note(text: string): LinkOutput {
  return { type: "note", text };
}
