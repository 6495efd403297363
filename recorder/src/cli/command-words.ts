// What several commands of the command line say alike: the option of the configuration, and the
// example below a help text.

/** With recorder.yaml when it is not given. */
export const CONFIG_OPTION = [
  "-c, --config <file>",
  "configuration (recorder.example.yaml)",
  "recorder.yaml",
] as const;

/** `command`: what follows the program's name. */
export function exampleOf(command: string): string {
  return `\nExample:\n  tapeline-recorder ${command}`;
}
