// The application's frame: nobody signed in → the sign-in page; else navigation and the page of the
// address. A page's code is loaded once; while it loads the page before stays.
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../api/client.ts";
import { askFirstStart, isFirstStart } from "../api/first-start.ts";
import { problemOf } from "../api/resource.ts";
import { hasRole, restoreSession } from "../api/sign-in.ts";
import type { ApiProblem } from "../api/client.ts";
import { ListeningBar } from "../listening/listening-bar.tsx";
import { EmptyState } from "../pieces/empty-state.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Toasts } from "../pieces/toast.tsx";
import { Navigation } from "./navigation.tsx";
import { PAGES, type Page, type PageProps } from "./pages.ts";
import { matchPath } from "./match-path.ts";
import { followLinks, navigate, path } from "./router.ts";
import { SignIn } from "./sign-in-page.tsx";

export function Application() {
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  useEffect(() => {
    document.addEventListener("click", followLinks);
    Promise.all([restoreSession(), askFirstStart()]).catch((error: unknown) =>
      setProblem(problemOf(error)),
    );
    return () => document.removeEventListener("click", followLinks);
  }, []);
  if (session.value === undefined) {
    const retry = (): void => location.reload();
    return (
      <main class="alone">
        <ProblemNote problem={problem} title="The recorder cannot be reached" onRetry={retry} />
      </main>
    );
  }
  return (
    <>
      {session.value === null ? <SignIn /> : <Frame />}
      <Toasts />
    </>
  );
}

function Frame() {
  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={skipToContent}>
        Skip to the content
      </a>
      <Navigation />
      <main id="content" class="content" tabIndex={-1}>
        <CurrentPage />
      </main>
      <ListeningBar />
    </div>
  );
}

function skipToContent(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

interface Shown {
  readonly page: Page;
  readonly View: ComponentType<PageProps>;
}

function CurrentPage() {
  const at = path.value;
  const home = homePage();
  useEffect(() => {
    if (at === "/" && home !== "/") navigate(home, "replace");
  }, [at, home]);
  const found = PAGES.find(({ pattern }) => matchPath(pattern, at) !== null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const lastParams = useRef<PageProps["params"]>({});
  useEffect(() => {
    if (found === undefined || shown?.page === found || !hasRole(found.needs)) return undefined;
    let isCurrent = true;
    found.load().then(
      ({ default: View }) => isCurrent && (setShown({ page: found, View }), setProblem(null)),
      (error: unknown) => isCurrent && setProblem(problemOf(error)),
    );
    return () => (isCurrent = false);
  }, [found]);
  if (found === undefined) return <NoSuchPage />;
  if (!hasRole(found.needs)) return <NotYours needed={found.needs} />;
  if (problem !== null) {
    const retry = (): void => location.reload();
    return <ProblemNote problem={problem} title="The page could not be loaded" onRetry={retry} />;
  }
  if (shown === null) return null;
  const { page, View } = shown;
  // While the next page's code is on its way the one before stays, as it was.
  lastParams.current = matchPath(page.pattern, at) ?? lastParams.current;
  return <View key={page.pattern} params={lastParams.current} />;
}

/** Where "/" leads: a recorder that nobody set up yet begins with that, an agent with the own page. */
function homePage(): string {
  if (!hasRole("supervisor")) return "/agent";
  return isFirstStart.value && hasRole("administrator") ? "/setup" : "/";
}

function NoSuchPage() {
  return (
    <EmptyState icon="search" title="There is no such page">
      <p>
        Perhaps the link was cut. Go to <a href="/">what happens now</a> or to{" "}
        <a href="/recordings">the recordings</a>.
      </p>
    </EmptyState>
  );
}

function NotYours({ needed }: { readonly needed: string }) {
  return (
    <EmptyState icon="hold" title="Your key does not open this page">
      <p>It needs the role {needed}. Sign in with such a key, or ask an administrator for one.</p>
    </EmptyState>
  );
}
