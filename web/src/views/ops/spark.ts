/** The line of a small chart. Some dozens of points in one line, without axes, need no chart library: it is a path in an SVG. */

export interface Point {
  at: number;
  /** `null` where nothing is known: the line is broken there. */
  value: number | null;
}

export interface Spark {
  /** The line, as the `d` of a path. */
  line: string;
  /** The greatest value. */
  top: number;
}

export const WIDTH = 100;
export const HEIGHT = 24;

const rounded = (value: number) => Math.round(value * 100) / 100;

/** Draws points of the last `windowMs` before `now`. The greatest of them is at the top, but small values do not look like great ones: the top is at least `floor`. */
export function sparkOf(points: readonly Point[], now: number, windowMs: number, floor: number): Spark {
  const top = Math.max(0, ...points.map(({ value }) => value ?? 0));
  const x = (at: number) => rounded(WIDTH * Math.max(0, 1 - (now - at) / windowMs));
  const y = (value: number) => rounded(HEIGHT - (HEIGHT * value) / Math.max(top, floor));
  let line = '';
  let pen = 'M';
  for (const { at, value } of points) {
    if (value !== null) line += `${pen}${x(at)} ${y(value)}`;
    pen = value === null ? 'M' : 'L';
  }
  return { line, top };
}
