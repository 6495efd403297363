// Who calls and who is called, as people say it of a call (domain.md, "Recording Monitor"). Pure.
import type { ModelCall } from "./model-call.ts";
import { partiesOf, partyLabel } from "./party.ts";

export interface CallingAndReceiving {
  readonly callingParty: string;
  readonly receivingParty: string;
}

/** "" where the PBX has not said it. The last snapshot counts, also when the parties have left. */
export function callingAndReceiving({ detail }: Pick<ModelCall, "detail">): CallingAndReceiving {
  const parties = partiesOf(detail);
  // 1 = the call came into the PBX by this end.
  const calling = parties.find(({ direction }) => direction === 1) ?? detail.partyA;
  const receiving = parties.find((party) => party !== calling);
  const [target] = detail.targets;
  return {
    callingParty: calling === null || calling === undefined ? "" : partyLabel(calling),
    receivingParty:
      receiving !== undefined
        ? partyLabel(receiving)
        : target?.identity || calling?.dialled || calling?.did || "",
  };
}
