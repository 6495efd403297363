// The browser's session: begins with a key in a body, goes on with a cookie that no script reads
// (recorder/src/http/sessions.ts).
import { api, ApiProblem, session } from "./client.ts";
import type { Role, Session } from "./types.ts";

const SESSION = "/api/v1/session";
/** That somebody did; the cookie itself is hidden from scripts. */
const SIGNED_IN = "tapeline.signed-in";
const ORDER: readonly Role[] = ["agent", "supervisor", "manager", "administrator"];

/** Asks who is signed in, once at the start; a refusal means nobody. */
export async function restoreSession(): Promise<void> {
  // Nobody signed in with this browser: a question that is sure to be refused is not asked.
  if (localStorage.getItem(SIGNED_IN) === null) {
    session.value = null;
    return;
  }
  try {
    session.value = await api.get<Session>(SESSION);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    session.value = null;
    localStorage.removeItem(SIGNED_IN);
  }
}

export async function signIn(key: string): Promise<void> {
  session.value = await api.post<Session>(SESSION, { key });
  localStorage.setItem(SIGNED_IN, "");
}

export async function signOut(): Promise<void> {
  await api.delete(SESSION);
  localStorage.removeItem(SIGNED_IN);
  session.value = null;
}

/** Whether who is signed in has this role or one above it. The API decides; this only hides. */
export function hasRole(needed: Role): boolean {
  const role = session.value?.role;
  return role !== undefined && ORDER.indexOf(role) >= ORDER.indexOf(needed);
}
