import type { Part } from '../api/types';

/** A stretch of a line: a piece that is understood, or what stands between two. */
export interface Stretch {
  text: string;
  kind: Part['kind'] | null;
}

/** Pieces that stand in a text where they were found in another one: the text may have gone on since. */
export function understoodIn(text: string, parts: readonly Part[]): Part[] {
  return parts.filter((part) => text.slice(part.start_utf16, part.end_utf16) === part.text);
}

/** A text as its stretches, of which those in `parts`, which are in order, are understood. */
export function stretchesOf(text: string, parts: readonly Part[]): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const { start_utf16: start, end_utf16: end, kind } of parts) {
    if (start < from) continue;
    if (start > from) stretches.push({ text: text.slice(from, start), kind: null });
    stretches.push({ text: text.slice(start, end), kind });
    from = end;
  }
  if (from < text.length) stretches.push({ text: text.slice(from), kind: null });
  return stretches;
}
