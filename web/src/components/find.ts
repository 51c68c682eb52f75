const folded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();

/** Whether a text has every word of a query at the beginning of one of its own. Case and accents are no matter. */
export function hasWords(text: string, query: string): boolean {
  const own = ` ${folded(text).replace(/[\s“”"'#/,:()-]+/gu, ' ')}`;
  return folded(query)
    .split(/[\s#]+/u)
    .every((word) => own.includes(` ${word}`));
}
