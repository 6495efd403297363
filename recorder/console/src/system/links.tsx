// Each IP Office: the state of its DevLink3 link in words, what it is and grants, what it has under
// way, and what to do when something is missing (recording-control-unavailable among it).
import type { LinkStatus, System } from "../api/admin-types.ts";
import { hasRole } from "../api/sign-in.ts";
import { EmptyState } from "../pieces/empty-state.tsx";

type Link = LinkStatus;

const STATES: Readonly<Record<Link["state"], { words: string; badge: string }>> = {
  connecting: { words: "Connecting", badge: "badge-warn" },
  authenticating: { words: "Logging in", badge: "badge-warn" },
  synchronising: { words: "Asking for all calls", badge: "badge-warn" },
  streaming: { words: "Connected", badge: "badge-good" },
  "recording-control-unavailable": { words: "No recording control", badge: "badge-warn" },
  waiting: { words: "Waiting to try again", badge: "badge-bad" },
  refused: { words: "Refused", badge: "badge-bad" },
  closed: { words: "Closed", badge: "" },
};

export function Links({ system }: { readonly system: System }) {
  const { offices } = system;
  const links: readonly LinkStatus[] = system.links;
  return (
    <section class="card" aria-labelledby="ip-offices">
      <div class="card-head">
        <h2 id="ip-offices">IP Offices</h2>
      </div>
      {links.length === 0 ? (
        <EmptyState icon="link" title="No IP Office is configured">
          <p>
            Without one nobody asks for recordings.{" "}
            {hasRole("administrator") ? (
              <>
                The <a href="/setup">set-up</a> adds it and tests the login.
              </>
            ) : (
              "An administrator adds it in the set-up."
            )}
          </p>
        </EmptyState>
      ) : (
        <ul>
          {links.map((link, index) => (
            <li key={`${link.pbx} ${index}`} class="link-row">
              <Office link={link} load={offices.find(({ pbx }) => pbx === link.pbx)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface OfficeProps {
  readonly link: Link;
  readonly load: System["offices"][number] | undefined;
}

function Office({ link, load }: OfficeProps) {
  const { words, badge } = STATES[link.state];
  const facts = [
    link.version,
    link.build === "unknown" ? null : `build ${link.build}`,
    link.buildSupport === "unsupported-build" ? "older than build 23: unsupported" : null,
    link.licence === "unknown" ? null : `licence ${link.licence}`,
    link.recordingControl ? "recording control dl3rec/1" : null,
  ].filter((fact) => fact !== null);
  return (
    <>
      <div class="link-head">
        <h3>{link.pbx}</h3>
        <span class={`badge ${badge}`}>{words}</span>
        {load === undefined ? null : (
          <span class="soft figures">
            {load.calls === 1 ? "1 call" : `${load.calls} calls`}, {load.recordings} recorded,{" "}
            {load.queued} queued
          </span>
        )}
      </div>
      {facts.length === 0 ? null : <p class="soft">{facts.join(" · ")}</p>}
      {link.code === null ? null : (
        <p class="link-trouble">
          {link.detail === null ? null : `${link.detail}. `}
          {link.remedy} <span class="mono soft">{link.code}</span>
        </p>
      )}
    </>
  );
}
