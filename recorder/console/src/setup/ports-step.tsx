// The two ports that the IP Office must reach (R15), and who may open this console.
import { Field } from "../pieces/field.tsx";
import { StepHead } from "./step-head.tsx";
import type { StepParts } from "./step-parts.ts";

const USUAL_RTP = 5004;
const USUAL_RANGE = [20_000, 21_999] as const;
const LOOPBACK = "127.0.0.1";
const EVERYWHERE = "0.0.0.0";

export function PortsStep({ settings, change }: StepParts) {
  const { ports } = settings;
  const set = (changes: Partial<typeof ports>): void => change({ ports: { ...ports, ...changes } });
  const { rtp } = ports;
  const isRange = typeof rtp !== "number";
  return (
    <>
      <StepHead title="Choose the ports">
        Both must be open from the IP Office to this machine. One RTP port serves all streams; a
        range gives each call a port of its own.
      </StepHead>
      <div class="form-grid">
        <PortField label="SIP Message Port" value={ports.sip} onChange={(sip) => set({ sip })} />
        {isRange ? (
          <>
            <PortField
              label="First RTP port"
              value={rtp[0]}
              onChange={(first) => set({ rtp: [first, rtp[1]] })}
            />
            <PortField
              label="Last RTP port"
              value={rtp[1]}
              onChange={(last) => set({ rtp: [rtp[0], last] })}
            />
          </>
        ) : (
          <PortField
            label="Active Recording RTP Port"
            value={rtp}
            onChange={(port) => set({ rtp: port })}
          />
        )}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={isRange}
          onChange={({ currentTarget: { checked } }) =>
            set({ rtp: checked ? USUAL_RANGE : USUAL_RTP })
          }
        />
        <span>A range of RTP ports, two for each call</span>
      </label>
      <div class="form-grid">
        <Field
          label="Who may open this console and the API"
          hint="Across the network, use http.tls of the configuration."
        >
          {(ties) => (
            <select
              {...ties}
              value={ports.httpHost}
              onChange={({ currentTarget }) => set({ httpHost: currentTarget.value })}
            >
              <option value={LOOPBACK}>Only this machine</option>
              <option value={EVERYWHERE}>Everybody who reaches this machine</option>
              {[LOOPBACK, EVERYWHERE].includes(ports.httpHost) ? null : (
                <option value={ports.httpHost}>{ports.httpHost}</option>
              )}
            </select>
          )}
        </Field>
        <PortField
          label="Port of the console"
          value={ports.http}
          onChange={(http) => set({ http })}
        />
      </div>
    </>
  );
}

interface PortFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (port: number) => void;
}

function PortField({ label, value, onChange }: PortFieldProps) {
  return (
    <Field label={label}>
      {(ties) => (
        <input
          {...ties}
          type="number"
          min={0}
          max={65_535}
          value={value}
          onInput={({ currentTarget: { valueAsNumber } }) => {
            if (Number.isInteger(valueAsNumber)) onChange(valueAsNumber);
          }}
        />
      )}
    </Field>
  );
}
