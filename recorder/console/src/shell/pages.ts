// The table of pages: address, name, who may see it, and where its code is. A page is loaded when
// it is first opened. README.md says how to add one.
import type { ComponentType } from "preact";
import type { IconName } from "../pieces/icon.tsx";
import type { Role } from "../api/types.ts";

/** Parameters of the address: "/recordings/:key" gives { key }. */
export interface PageProps {
  readonly params: Readonly<Record<string, string>>;
}

export interface Page {
  readonly pattern: string;
  readonly title: string;
  readonly needs: Role;
  /** In the navigation with this icon; null: reached from other pages. */
  readonly icon: IconName | null;
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
}

export const PAGES: readonly Page[] = [
  {
    pattern: "/",
    title: "Now",
    needs: "supervisor",
    icon: "now",
    load: () => import("../now/now-page.tsx"),
  },
  {
    pattern: "/recordings",
    title: "Recordings",
    needs: "supervisor",
    icon: "recordings",
    load: () => import("../recordings/recordings-page.tsx"),
  },
  {
    pattern: "/recordings/:key",
    title: "Recording",
    needs: "supervisor",
    icon: null,
    load: () => import("../recordings/recording-page.tsx"),
  },
  {
    pattern: "/calls",
    title: "Calls",
    needs: "manager",
    icon: "calls",
    load: () => import("../calls/calls-page.tsx"),
  },
  {
    pattern: "/rules",
    title: "Rules",
    needs: "supervisor",
    icon: "rules",
    load: () => import("../rules/rules-page.tsx"),
  },
  {
    pattern: "/system",
    title: "System",
    needs: "supervisor",
    icon: "system",
    load: () => import("../system/system-page.tsx"),
  },
  {
    pattern: "/audit",
    title: "Audit",
    needs: "administrator",
    icon: "audit",
    load: () => import("../audit/audit-page.tsx"),
  },
  {
    pattern: "/setup",
    title: "Set-up",
    needs: "administrator",
    icon: "setup",
    load: () => import("../setup/setup-page.tsx"),
  },
  {
    pattern: "/agent",
    title: "My recording",
    needs: "agent",
    icon: "agent",
    load: () => import("../agent/agent-page.tsx"),
  },
];
