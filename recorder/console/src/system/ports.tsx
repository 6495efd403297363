// What is bound, and where calls are written: the names that the IP Office's side knows (R15).
import type { System } from "../api/admin-types.ts";
import { Moment } from "../pieces/moment.tsx";

export function Ports({ system }: { readonly system: System }) {
  const { recorder, sip, rtp, liveDirectory, startedAt } = system;
  return (
    <section class="card" aria-labelledby="ports">
      <div class="card-head">
        <h2 id="ports">This recorder</h2>
      </div>
      <dl class="card-body facts">
        <dt>Name</dt>
        <dd>{recorder}</dd>
        <dt>SIP Message Port</dt>
        <dd class="mono">{sip}</dd>
        <dt>Active Recording RTP Port</dt>
        <dd class="mono">{rtp}</dd>
        <dt>Console and API</dt>
        <dd class="mono">{location.origin}</dd>
        <dt>Live directory</dt>
        <dd class="mono">{liveDirectory}</dd>
        <dt>Runs since</dt>
        <dd>{startedAt === null ? "not yet" : <Moment at={startedAt} />}</dd>
      </dl>
    </section>
  );
}
