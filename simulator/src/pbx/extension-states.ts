// Which extension is dialling and which is idle, for CMExtn records: the two states of an extension
// that are documented (devlink3.md §6.4). Kept by call-registry.ts.
import { STATE } from "../wire/delta3.ts";
import { CM_EXTN_STATE } from "../wire/cm-extn.ts";
import type { PbxEvent } from "./call-records.ts";
import type { End } from "./call-state.ts";

/** Off hook, and until the other side answers. */
const DIALLING: ReadonlySet<number> = new Set([STATE.dialling, STATE.dialled, STATE.ringback]);
const NODE_CHARACTERS = 8;

export class ExtensionStates {
  /** Ends of extensions that have been told to dial. */
  readonly #dialling = new Set<string>();

  /** A record about this end is about to be sent. */
  onEnd(end: End, tell: (event: PbxEvent) => void): void {
    const isDialling = end.direction === 1 && DIALLING.has(end.state);
    if (end.person.user === null || !isDialling || this.#dialling.has(end.id)) return;
    this.#dialling.add(end.id);
    tell(event(end, { newState: CM_EXTN_STATE.dialling, oldState: CM_EXTN_STATE.idle }));
  }

  onLost(end: End, tell: (event: PbxEvent) => void): void {
    if (!this.#dialling.delete(end.id)) return;
    tell(event(end, { newState: CM_EXTN_STATE.idle, oldState: CM_EXTN_STATE.dialling }));
  }
}

function event(end: End, states: { readonly newState: number; readonly oldState: number }) {
  const name = end.person.name ?? end.person.party;
  return {
    title: `CMExtn ${name} ${states.oldState} to ${states.newState}`,
    node: end.id.slice(0, NODE_CHARACTERS),
    delta3: null,
    sipTrack: null,
    cmExtn: { ...states, name },
    wasConnected: true,
  };
}
