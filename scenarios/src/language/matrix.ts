// A matrix: one story told in every combination of its axes. Each combination is a cell, a scenario
// of its own named like `transfers/each-kind[transfer=blind,transport=udp]`; the matrix counts once.

export type AxisValue = string | number | boolean;

/** Axes by name, each with the values that it takes. */
export type Matrix = Readonly<Record<string, readonly AxisValue[]>>;

/** One value of each axis. */
export type Cell<M extends Matrix = Matrix> = { readonly [Axis in keyof M]: M[Axis][number] };

/** The same for all cells, or made for each. */
export type PerCell<T, M extends Matrix> = T | ((cell: Cell<M>) => T);

/** More than anybody would look through. */
const MAXIMUM_CELLS = 200;

/** All combinations; the first axis changes slowest. Throws when the matrix is written wrong. */
export function cellsOf(name: string, matrix: Matrix): readonly Cell[] {
  let cells: readonly Cell[] = [{}];
  for (const [axis, values] of Object.entries(matrix)) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(axis)) throw new Error(`${name}: "${axis}" is no axis name`);
    const words = values.map(String);
    const wrong = words.find((word) => !/^[\w.+-]+$/.test(word));
    if (wrong !== undefined) throw new Error(`${name}: "${wrong}" is no word for a cell's name`);
    if (values.length === 0 || new Set(words).size < words.length) {
      throw new Error(`${name}: axis ${axis} needs values, each once`);
    }
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [axis]: value })));
  }
  if (cells.length > MAXIMUM_CELLS) {
    throw new Error(`${name} has ${cells.length} cells, more than ${MAXIMUM_CELLS}`);
  }
  return cells;
}

/** `name[a=x,b=y]`: what results, reports and the command line call the cell. */
export function cellName(name: string, cell: Cell): string {
  const words = Object.entries(cell).map(([axis, value]) => `${axis}=${value}`);
  return words.length === 0 ? name : `${name}[${words.join(",")}]`;
}

/** A field of one cell; functions of the cell are asked. */
export function ofCell<T>(value: T | ((cell: Cell) => T), cell: Cell): T {
  return typeof value === "function" ? (value as (cell: Cell) => T)(cell) : value;
}
