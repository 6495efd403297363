// The way around: a column on a wide screen, a bar at the bottom of a phone. Shows only pages that
// the signed-in key opens, and whose key that is.
import { session } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { hasRole, signOut } from "../api/sign-in.ts";
import { Icon } from "../pieces/icon.tsx";
import { showToast } from "../pieces/toast.tsx";
import { PAGES } from "./pages.ts";
import { path } from "./router.ts";

export function Navigation() {
  const at = path.value;
  return (
    <div class="side">
      <a class="brand" href="/" aria-label="Tapeline, what happens now">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>Tapeline</span>
      </a>
      <nav aria-label="Pages">
        <ul class="nav">
          {PAGES.filter(({ icon, needs }) => icon !== null && hasRole(needs)).map(
            ({ pattern, title, icon }) => (
              <li key={pattern}>
                <a href={pattern} aria-current={isBelow(at, pattern) ? "page" : undefined}>
                  {icon === null ? null : <Icon name={icon} />}
                  <span>{title}</span>
                </a>
              </li>
            ),
          )}
        </ul>
      </nav>
      <SignedIn />
    </div>
  );
}

function SignedIn() {
  const who = session.value;
  if (!who) return null;
  const leave = (): void => {
    signOut().catch((error: unknown) => showToast(problemOf(error).remedy, "bad"));
  };
  return (
    <div class="signed-in">
      <div class="signed-in-who">
        <p>{who.name}</p>
        <p class="soft">{who.role}</p>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label="Sign out"
        title="Sign out"
        onClick={leave}
      >
        <Icon name="out" />
      </button>
    </div>
  );
}

function isBelow(at: string, pattern: string): boolean {
  return pattern === "/" ? at === "/" : at === pattern || at.startsWith(`${pattern}/`);
}
