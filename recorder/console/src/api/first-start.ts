// Whether nobody has a lasting key yet: then the sign-in page says where the first key is to be
// found, and the first page is the set-up.
import { signal } from "@preact/signals";
import type { FirstStart } from "./admin-types.ts";
import { api, ApiProblem } from "./client.ts";

export const isFirstStart = signal(false);

/** A recorder that does not answer is told by who asks next. */
export async function askFirstStart(): Promise<void> {
  try {
    isFirstStart.value = (await api.get<FirstStart>("/api/v1/first-start")).isFirstStart;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
  }
}
