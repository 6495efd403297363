// Who must reach whom: for who minds the firewall between IP Office and recorder (R9, R23).
import type { SetupChecks } from "../api/admin-types.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";

type Way = SetupChecks["firewall"][number];

const COLUMNS: readonly Column<Way>[] = [
  { name: "From", kind: "main", cell: ({ from }) => textOf(from) },
  { name: "To", cell: ({ to }) => textOf(to) },
  { name: "Port", cell: ({ protocol, port }) => `${textOf(protocol)} ${textOf(port)}` },
  { name: "For", cell: ({ why }) => textOf(why) },
];

export function FirewallWays({ ways }: { readonly ways: readonly Way[] }) {
  return (
    <details>
      <summary>What a firewall must let through</summary>
      <div class="firewall-ways">
        <DataTable
          caption="Ways through the firewall"
          columns={COLUMNS}
          rows={ways}
          keyOf={(way) => JSON.stringify(way)}
        />
      </div>
    </details>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
