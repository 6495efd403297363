// Where recordings lie: the live directory and the drives of each pool, what is free of them, and
// for how many hours that lasts at the present load.
import type { Pools } from "../api/admin-types.ts";
import { byteSize } from "../pieces/time.ts";

type Drive = Pools["drives"][number];

const STATES: Readonly<Record<Drive["state"], { words: string; badge: string }>> = {
  ok: { words: "Good", badge: "badge-good" },
  full: { words: "Full", badge: "badge-warn" },
  failed: { words: "Failed", badge: "badge-bad" },
  missing: { words: "Missing", badge: "badge-bad" },
};

const HOURS_A_DAY = 24;
const DAYS_ARE_ENOUGH = 3;

export function Storage({ drives, pools = [], live = null, waiting }: Pools) {
  const names = [...new Set([...pools.map(({ pool }) => pool), ...drives.map(({ pool }) => pool)])];
  return (
    <div class="stack">
      <section class="card" aria-labelledby="live-directory">
        <div class="card-head">
          <h2 id="live-directory">Live directory</h2>
          {live?.isLow === true ? <span class="badge badge-bad">Space is low</span> : null}
        </div>
        <dl class="card-body facts">
          <dt>Directory</dt>
          <dd class="mono">{live?.directory ?? "not looked at yet"}</dd>
          <dt>Free</dt>
          <dd class="figures">{live === null ? "not known yet" : byteSize(live.freeBytes)}</dd>
          <dt>Lasts</dt>
          <dd class="figures">{live === null ? "not known yet" : hours(live.hoursLeft)}</dd>
          <dt>Not in a pool yet</dt>
          <dd class="figures">
            {waiting} {waiting === 1 ? "recording" : "recordings"}
          </dd>
        </dl>
      </section>
      {names.map((name) => (
        <Pool
          key={name}
          name={name}
          status={pools.find(({ pool }) => pool === name)}
          drives={drives.filter(({ pool }) => pool === name)}
        />
      ))}
    </div>
  );
}

interface PoolProps {
  readonly name: string;
  readonly status: NonNullable<Pools["pools"]>[number] | undefined;
  readonly drives: readonly Drive[];
}

function Pool({ name, status, drives }: PoolProps) {
  return (
    <section class="card" aria-label={`Pool ${name}`}>
      <div class="card-head">
        <h2>Pool {name}</h2>
        {status === undefined ? null : (
          <span
            class={status.isFull ? "badge badge-bad" : status.isLow ? "badge badge-warn" : "badge"}
          >
            {status.isFull
              ? "Full"
              : status.hoursLeft === null
                ? "Hours left: not known yet"
                : `Lasts ${hours(status.hoursLeft)}`}
          </span>
        )}
      </div>
      <ul>
        {drives.map((drive) => (
          <DriveRow key={drive.path} drive={drive} />
        ))}
      </ul>
      {status === undefined ? null : (
        <p class="card-body soft figures">
          {status.recordings.toLocaleString()} recordings, {byteSize(status.freeBytes)} free in all
        </p>
      )}
    </section>
  );
}

function DriveRow({ drive }: { readonly drive: Drive }) {
  const { path, usedBytes, freeBytes, state, maxBytes, isHung } = drive;
  const whole = Math.min(maxBytes ?? Number.POSITIVE_INFINITY, usedBytes + freeBytes);
  const { words, badge } = STATES[state];
  return (
    <li class="drive">
      <div class="link-head">
        <h3 class="mono">{path}</h3>
        <span class={`badge ${badge}`}>{words}</span>
        {isHung === true ? <span class="badge badge-bad">Does not answer</span> : null}
      </div>
      <meter
        class="meter"
        min={0}
        max={Math.max(whole, 1)}
        high={whole * 0.9}
        value={usedBytes}
        aria-label={`${byteSize(usedBytes)} of ${byteSize(whole)} used`}
      />
      <p class="soft figures">
        {byteSize(usedBytes)} used, {byteSize(freeBytes)} free
        {maxBytes === undefined ? "" : `, filled up to ${byteSize(maxBytes)}`}
      </p>
    </li>
  );
}

/** "14 hours", "37 days": at the load of the last hour. */
function hours(count: number): string {
  if (!Number.isFinite(count)) return "as long as nothing is recorded";
  const days = count / HOURS_A_DAY;
  if (days >= DAYS_ARE_ENOUGH) return `${Math.floor(days).toLocaleString()} days`;
  return `${Math.floor(count)} hours`;
}
