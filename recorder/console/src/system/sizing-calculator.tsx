// What a load needs (R16): VCM channels, bandwidth, storage a day, and which platform of the IP
// Office carries it. The input stands in the address, so that a sizing can be sent to somebody.
import type { Sizing } from "../api/admin-types.ts";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { Field } from "../pieces/field.tsx";
import { Icon } from "../pieces/icon.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Tile } from "../pieces/tile.tsx";
import { byteSize } from "../pieces/time.ts";
import { place, setQuery } from "../shell/router.ts";
import { bitRate } from "./figures.tsx";

const INPUTS = [
  ["calls", "Active calls", "At the busiest moment.", "20"],
  ["recordings", "Recordings at the same time", "Each takes a VCM channel.", "10"],
  ["queued", "Queued calls", "Skilled, with announcement or music.", "5"],
  ["hours", "Hours a day at that load", "For storage.", "10"],
  ["uplink", "Line to the recorder", "Like 20M; empty: not asked.", ""],
] as const;

export function SizingCalculator() {
  const { query } = place.value;
  const asked = Object.fromEntries(
    INPUTS.map(([name, , , usual]) => [name, query.get(name) ?? usual]),
  );
  const { data, problem } = useResource(JSON.stringify(asked), (signal) =>
    api.get<Sizing>("/api/v1/sizing", asked, signal),
  );
  return (
    <div class="stack">
      <section class="card card-body" aria-label="The load">
        <div class="form-grid">
          {INPUTS.map(([name, label, hint, usual]) => (
            <Field key={name} label={label} hint={hint}>
              {(ties) => (
                <input
                  {...ties}
                  inputMode={name === "uplink" ? "text" : "decimal"}
                  value={asked[name]}
                  onChange={({ currentTarget: { value } }) =>
                    setQuery({ [name]: value === usual ? undefined : value })
                  }
                />
              )}
            </Field>
          ))}
        </div>
      </section>
      <ProblemNote problem={problem} title="That cannot be reckoned" />
      {data === undefined ? null : <Result sizing={data} />}
    </div>
  );
}

function Result({ sizing }: { readonly sizing: Sizing }) {
  const { vcm, bandwidth, storage, warnings, platforms } = sizing;
  return (
    <>
      {warnings.map((warning) => (
        <div key={warning} class="note note-warn" role="status">
          <Icon name="warning" />
          <div>
            <p>{warning}</p>
          </div>
        </div>
      ))}
      <dl class="tiles">
        <Tile
          name="VCM channels"
          value={vcm.needed}
          {...(vcm.isWithinLimit ? {} : { tone: "bad" as const })}
        >
          {vcm.sum}
        </Tile>
        <Tile name="Bandwidth" value={bitRate(bandwidth.ethernetBitsPerSecond)}>
          on Ethernet, {bandwidth.packetsPerSecond.toLocaleString()} packets/s
        </Tile>
        <Tile name="Storage a day" value={byteSize(storage.spxBytesPerDay)}>
          as Speex; live {byteSize(storage.ulBytesPerDay)}
        </Tile>
        {bandwidth.uplink === null ? null : (
          <Tile
            name="The line carries"
            value={bandwidth.uplink.maximumRecordings.toLocaleString()}
            tone={bandwidth.uplink.carries ? "good" : "bad"}
          >
            recordings at the same time
          </Tile>
        )}
      </dl>
      <section class="card" aria-labelledby="cards">
        <div class="card-head">
          <h2 id="cards">Cards for an IP500 V2</h2>
        </div>
        <ul class="card-body sizing-cards">
          {vcm.cards.map(({ vcm64, vcm32, combination, channels, spare }) => (
            <li key={`${vcm64} ${vcm32} ${combination}`}>
              {cardsText({ vcm64, vcm32, combination })}{" "}
              <span class="soft figures">
                {channels} channels, {spare} spare
              </span>
            </li>
          ))}
          {vcm.cards.length === 0 ? <li class="soft">No set of cards reaches that.</li> : null}
        </ul>
      </section>
      <section class="card" aria-labelledby="platforms">
        <div class="card-head">
          <h2 id="platforms">Platforms</h2>
        </div>
        <DataTable
          caption="Platforms of the IP Office"
          columns={COLUMNS}
          rows={platforms}
          keyOf={({ platform }) => platform}
        />
      </section>
    </>
  );
}

const COLUMNS: readonly Column<Sizing["platforms"][number]>[] = [
  { name: "Platform", kind: "main", cell: ({ platform }) => platform },
  {
    name: "Carries it",
    cell: ({ fits }) => (
      <span class={fits ? "badge badge-good" : "badge badge-bad"}>{fits ? "Yes" : "No"}</span>
    ),
  },
  {
    name: "Recordings",
    kind: "number",
    cell: ({ recordingChannels }) => recordingChannels.toLocaleString(),
  },
  {
    name: "Calls, direct media",
    kind: "number",
    cell: ({ callsDirect }) => callsDirect?.toLocaleString() ?? "–",
  },
  { name: "Remarks", cell: ({ remarks }) => remarks.join("; ") },
];

interface Cards {
  readonly vcm64: number;
  readonly vcm32: number;
  readonly combination: number;
}

function cardsText({ vcm64, vcm32, combination }: Cards): string {
  const parts = [
    [vcm64, "VCM64"],
    [vcm32, "VCM32"],
    [combination, "combination card"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} × ${name}`)
    .join(" + ");
}
