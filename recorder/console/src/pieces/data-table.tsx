// A table of rows: real table markup for screen readers, cards on a phone (each cell carries its
// column's name). For thousands of rows see pieces/virtual-list.tsx.
import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** "number": right-aligned figures; "action": buttons; "main": the row's title on a phone. */
  readonly kind?: "number" | "action" | "main";
}

interface DataTableProps<Row> {
  /** For screen readers: what the rows are. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, kind }) => (
              <th key={name} scope="col" class={kind === undefined ? undefined : `cell-${kind}`}>
                {kind === "action" ? <span class="unseen">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, kind }) => (
                <td
                  key={name}
                  data-name={name}
                  class={kind === undefined ? undefined : `cell-${kind}`}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
