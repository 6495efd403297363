// What every server transaction must do, whatever its method and transport. Run for each of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHeader, NO_BODY, type SipResponse } from "../../src/sip/message.ts";
import { SIP_TIMERS, type TransactionContext } from "../../src/sip/sip-timers.ts";

export const UDP: TransactionContext = { timers: SIP_TIMERS, isReliable: false };
export const TCP: TransactionContext = { timers: SIP_TIMERS, isReliable: true };

export function response(status: number): SipResponse {
  const headers = [makeHeader("Call-ID", "c")];
  return { kind: "response", status, reasonPhrase: "x", headers, body: NO_BODY, charset: "utf8" };
}

interface Output {
  readonly type: string;
  readonly response?: SipResponse;
  readonly reason?: string;
}

interface Step<State> {
  readonly state: State;
  readonly outputs: readonly Output[];
}

type SharedInput =
  | { readonly type: "request" }
  | { readonly type: "respond"; readonly response: SipResponse }
  | { readonly type: "transportFailed" };

export interface ServerMachine<State extends { readonly name: string }> {
  readonly name: string;
  readonly context: TransactionContext;
  readonly begin: (context: TransactionContext) => Step<State>;
  readonly step: (state: State, input: SharedInput, context: TransactionContext) => Step<State>;
}

export function serverTransactionContract<State extends { readonly name: string }>(
  machine: ServerMachine<State>,
): void {
  const { name, context } = machine;
  const feed = (...inputs: readonly SharedInput[]): Step<State> => {
    let step = machine.begin(context);
    for (const input of inputs) step = machine.step(step.state, input, context);
    return step;
  };
  const sent = (step: Step<State>): number[] =>
    step.outputs.flatMap((output) =>
      output.response === undefined ? [] : [output.response.status],
    );
  const refusal: SharedInput = { type: "respond", response: response(486) };

  test(`${name}: a repetition before any answer gets nothing`, () => {
    assert.deepEqual(sent(feed({ type: "request" })), []);
  });

  test(`${name}: a provisional answer is sent, and repeated when asked again`, () => {
    const provisional: SharedInput = { type: "respond", response: response(180) };
    assert.deepEqual(sent(feed(provisional)), [180]);
    assert.deepEqual(sent(feed(provisional, { type: "request" })), [180]);
  });

  test(`${name}: a final answer is sent once, and a second one is discarded`, () => {
    assert.deepEqual(sent(feed(refusal)), [486]);
    assert.deepEqual(sent(feed(refusal, { type: "respond", response: response(500) })), []);
  });

  test(`${name}: a transport failure before the end ends it and says so`, () => {
    const step = feed({ type: "transportFailed" });
    assert.equal(step.state.name, "terminated");
    assert.ok(
      step.outputs.some((output) => output.type === "failed" && output.reason === "transport"),
    );
    assert.deepEqual(sent(feed({ type: "transportFailed" }, refusal)), []);
  });
}
