// The IP Offices: address, user and password of the DevLink3 service (R10).
import type { OfficeSettings } from "../api/admin-types.ts";
import { Field } from "../pieces/field.tsx";
import { Icon } from "../pieces/icon.tsx";
import { StepHead } from "./step-head.tsx";
import type { StepParts } from "./step-parts.ts";

const NEW_OFFICE: OfficeSettings = {
  ...{ host: "", port: null, tls: false, user: "", password: "", scn: false },
};

const PLAIN_PORT = 50_797;
const TLS_PORT = 50_796;

export function OfficesStep({ settings, change, view }: StepParts) {
  const { offices } = settings;
  const shown = offices.length === 0 ? [NEW_OFFICE] : offices;
  const set = (index: number, changes: Partial<OfficeSettings>): void => {
    const office = shown[index];
    if (office !== undefined) change({ offices: shown.with(index, { ...office, ...changes }) });
  };
  return (
    <>
      <StepHead title="Connect the IP Office">
        The recorder follows calls over DevLink3 and asks the IP Office for recordings. In IP Office
        Manager, make a service user with the right for DevLink3.
      </StepHead>
      {shown.map((office, index) => (
        <OfficeFields
          key={index}
          office={office}
          number={index + 1}
          hasPassword={view.passwordsOf.includes(office.host)}
          onChange={(changes) => set(index, changes)}
          onRemove={
            offices.length === 0 ? null : () => change({ offices: offices.toSpliced(index, 1) })
          }
        />
      ))}
      <div>
        <button
          type="button"
          class="button"
          onClick={() => change({ offices: [...shown, NEW_OFFICE] })}
        >
          <Icon name="add" /> Another IP Office
        </button>
      </div>
    </>
  );
}

interface OfficeFieldsProps {
  readonly office: OfficeSettings;
  readonly number: number;
  readonly hasPassword: boolean;
  readonly onChange: (changes: Partial<OfficeSettings>) => void;
  readonly onRemove: (() => void) | null;
}

function OfficeFields({ office, number, hasPassword, onChange, onRemove }: OfficeFieldsProps) {
  const usualPort = office.tls ? TLS_PORT : PLAIN_PORT;
  return (
    <fieldset class="office">
      <legend>{office.host === "" ? `IP Office ${number}` : office.host}</legend>
      <div class="form-grid">
        <Field label="Address or name">
          {(ties) => (
            <input
              {...ties}
              required
              spellcheck={false}
              placeholder="192.0.2.1"
              value={office.host}
              onInput={({ currentTarget }) => onChange({ host: currentTarget.value.trim() })}
            />
          )}
        </Field>
        <Field label="DevLink3 port" hint={`Usually ${usualPort}.`}>
          {(ties) => (
            <input
              {...ties}
              inputMode="numeric"
              placeholder={String(usualPort)}
              value={office.port ?? ""}
              onInput={({ currentTarget: { value } }) =>
                onChange({ port: /^\d+$/.test(value) ? Number(value) : null })
              }
            />
          )}
        </Field>
        <Field label="User">
          {(ties) => (
            <input
              {...ties}
              required
              spellcheck={false}
              autocomplete="off"
              value={office.user}
              onInput={({ currentTarget }) => onChange({ user: currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label="Password"
          hint={hasPassword ? "Empty: the one that is saved." : "Saved in the configuration file."}
        >
          {(ties) => (
            <input
              {...ties}
              type="password"
              autocomplete="new-password"
              value={office.password ?? ""}
              onInput={({ currentTarget: { value } }) =>
                onChange({ password: value === "" && hasPassword ? null : value })
              }
            />
          )}
        </Field>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={office.tls}
          onChange={({ currentTarget }) => onChange({ tls: currentTarget.checked, port: null })}
        />
        <span>
          DevLink3 Use TLS <span class="hint">The connection is encrypted.</span>
        </span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={office.scn}
          onChange={({ currentTarget }) => onChange({ scn: currentTarget.checked })}
        />
        <span>
          Follow all nodes of its network
          <span class="hint">A Small Community Network; needs the licence for it.</span>
        </span>
      </label>
      {onRemove === null ? null : (
        <div>
          <button type="button" class="button" onClick={onRemove}>
            Remove<span class="unseen"> IP Office {number}</span>
          </button>
        </div>
      )}
    </fieldset>
  );
}
