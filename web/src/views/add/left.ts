/**
 * What stays in the line once a text of it has been added: what was typed while that was on its way. `words` are what a new line begins
 * with.
 */
export function leftAfter(sent: string, typed: string, words: string): string {
  const left = typed.startsWith(sent) ? typed.slice(sent.length) : typed;
  return left.trim() === '' || left.trim() === words.trim() ? words : left.trimStart();
}
