/** The boxes of a description, `- [ ]` and `- [x]`: where each is in its text. */
import type { MarkedToken, Token, Tokens } from 'marked';

const BOX = /^(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]\]/;

/** For each item that has a box, the place of what is between its brackets; none for one that cannot be told for sure. */
export function boxesOf(text: string, tokens: readonly Token[]): ReadonlyMap<Tokens.ListItem, number> {
  const boxes = new Map<Tokens.ListItem, number>();
  // The tokens come in the order of the text. Those within others have lost their indents, not what follows them.
  let from = 0;
  const pass = (words: string) => {
    const at = text.indexOf(words, from);
    if (at !== -1) from = at + words.length;
    return at;
  };
  const look = (some: readonly Token[]) => {
    for (const any of some) {
      const token = any as MarkedToken;
      if (token.type === 'list')
        for (const item of token.items) {
          const box = item.task ? BOX.exec(item.raw.trimStart())?.[0] : undefined;
          const [line = ''] = item.raw.trim().split('\n');
          const at = box === undefined ? -1 : pass(line);
          if (box !== undefined && at !== -1) {
            boxes.set(item, at + box.length - 2);
            from = at + box.length;
          }
          look(item.tokens);
        }
      else if (token.type === 'code') for (const line of token.text.split('\n')) pass(line);
      else if ('tokens' in token) look(token.tokens);
    }
  };
  look(tokens);
  return boxes;
}

/** The text with the box at a place ticked, or no longer. */
export function ticked(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === ' ' ? 'x' : ' '}${text.slice(at + 1)}`;
}
