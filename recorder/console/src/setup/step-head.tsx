// The title of a step, which gets the focus when the step is entered, and what it is for.
import type { ComponentChildren } from "preact";

interface StepHeadProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function StepHead({ title, children }: StepHeadProps) {
  return (
    <header>
      <h2 id="step-title" tabIndex={-1}>
        {title}
      </h2>
      <p class="soft">{children}</p>
    </header>
  );
}
