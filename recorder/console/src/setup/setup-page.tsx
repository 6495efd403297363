// The page Set-up: leads from a first start to a recorder at work: an administrator's own key, the
// IP Office, this machine's address, ports, storage; each step is tested before the next. What is
// typed stays while steps are changed; nothing is written before the last one.
import { useEffect, useState } from "preact/hooks";
import type { SetupSettings, SetupView } from "../api/admin-types.ts";
import { api } from "../api/client.ts";
import { isFirstStart } from "../api/first-start.ts";
import { useResource } from "../api/resource.ts";
import { Icon } from "../pieces/icon.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { navigate, place } from "../shell/router.ts";
import { KeyStep } from "./key-step.tsx";
import { OfficesStep } from "./offices-step.tsx";
import { PortsStep } from "./ports-step.tsx";
import { RecorderStep } from "./recorder-step.tsx";
import { SaveStep } from "./save-step.tsx";
import { StepTest, type Tested } from "./step-test.tsx";
import { StorageStep } from "./storage-step.tsx";
import "../styles/admin.css";
import "./setup.css";

const STEPS = [
  { name: "key", title: "Your key" },
  { name: "offices", title: "IP Office" },
  { name: "recorder", title: "Address" },
  { name: "ports", title: "Ports" },
  { name: "storage", title: "Storage" },
  { name: "save", title: "Save" },
] as const;

type StepName = (typeof STEPS)[number]["name"];

export default function SetupPage() {
  const setup = useResource("setup", (signal) => api.get<SetupView>("/api/v1/setup", {}, signal));
  const view = setup.data;
  return (
    <>
      <PageHead
        title="Set-up"
        lead="IP Office, address, ports and storage, each tested before it counts"
      />
      <ProblemNote
        problem={setup.problem}
        title="The set-up could not be read"
        onRetry={setup.reload}
      />
      {view === undefined ? (
        setup.problem === null && <p class="card waiting">Reading the configuration…</p>
      ) : (
        <Wizard
          key={view.file}
          view={view}
          isFirstStart={isFirstStart.value}
          onKeyMade={() => (isFirstStart.value = false)}
          onSaved={setup.reload}
        />
      )}
    </>
  );
}

interface WizardProps {
  readonly view: SetupView;
  readonly isFirstStart: boolean;
  readonly onKeyMade: () => void;
  readonly onSaved: () => void;
}

function Wizard({ view, isFirstStart, onKeyMade, onSaved }: WizardProps) {
  // A key that was just made stays on the screen until its owner goes on.
  const [hasKeyStep] = useState(isFirstStart);
  const [settings, setSettings] = useState<SetupSettings>(view.settings);
  const [tested, setTested] = useState<Readonly<Partial<Record<StepName, Tested>>>>({});
  const steps = STEPS.filter(({ name }) => name !== "key" || hasKeyStep);
  const asked = place.value.query.get("step");
  const index = Math.max(
    0,
    steps.findIndex(({ name }) => name === asked),
  );
  const step = steps[index]?.name ?? "offices";
  useEffect(() => {
    document.querySelector<HTMLElement>(".wizard-step h2")?.focus();
    const current = document.querySelector(".wizard-steps [aria-current]");
    current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [step]);
  const go = (name: StepName): void => navigate(`/setup?step=${name}`);
  const next = steps[index + 1]?.name;
  const change = (changes: Partial<SetupSettings>): void => {
    setSettings((old) => ({ ...old, ...changes }));
    setTested((old) => ({ ...old, [step]: undefined }));
  };
  const parts = { settings, change, view };
  const body = {
    key: <KeyStep isMade={!isFirstStart} onMade={onKeyMade} />,
    offices: <OfficesStep {...parts} />,
    recorder: <RecorderStep {...parts} />,
    ports: <PortsStep {...parts} />,
    storage: <StorageStep {...parts} />,
    save: <SaveStep {...parts} tested={tested} onSaved={onSaved} />,
  }[step];
  return (
    <div class="wizard">
      <nav class="wizard-steps" aria-label="Steps">
        <ol>
          {steps.map(({ name, title }, number) => (
            <li key={name}>
              <a href={`/setup?step=${name}`} aria-current={name === step ? "step" : undefined}>
                <StepSign number={number + 1} tested={tested[name]} />
                {title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <section class="card wizard-step" aria-labelledby="step-title">
        {body}
        {step === "key" || step === "save" ? null : (
          <StepTest
            key={step}
            step={step}
            settings={settings}
            tested={tested[step]}
            onTested={(result) => setTested((old) => ({ ...old, [step]: result }))}
          />
        )}
        <div class="wizard-buttons">
          {index > 0 ? (
            <button
              type="button"
              class="button"
              onClick={() => go(steps[index - 1]?.name ?? "offices")}
            >
              Back
            </button>
          ) : null}
          {next === undefined ? null : (
            <button
              type="button"
              class={canGoOn(step, tested, isFirstStart) ? "button button-main" : "button"}
              disabled={step === "key" && isFirstStart}
              onClick={() => go(next)}
            >
              {step === "key" || canGoOn(step, tested, isFirstStart)
                ? "Next"
                : "Next, without a good test"}
            </button>
          )}
        </div>
      </section>
    </div>
  );
}

function canGoOn(
  step: StepName,
  tested: Readonly<Partial<Record<StepName, Tested>>>,
  isFirstStart: boolean,
): boolean {
  return step === "key" ? !isFirstStart : tested[step]?.isGood === true;
}

function StepSign({
  number,
  tested,
}: {
  readonly number: number;
  readonly tested?: Tested | undefined;
}) {
  if (tested === undefined) return <span class="step-sign figures">{number}</span>;
  return (
    <span class={tested.isGood ? "step-sign step-good" : "step-sign step-bad"}>
      <Icon name={tested.isGood ? "check" : "warning"} />
      <span class="unseen">{tested.isGood ? "tested, good:" : "tested, with problems:"}</span>
    </span>
  );
}
