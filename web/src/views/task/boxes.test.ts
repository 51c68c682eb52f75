import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { expect, test } from 'vitest';

import { boxesOf, ticked } from './boxes';

const TEXT = `# Plan

- [x] buy
  - [ ] milk
  - [ ] milk
* [ ] **eggs**, and
  what else
1. [X] pay

\`\`\`
- [ ] no box
\`\`\`

> - [ ] no box
> - no box at all

- [ ] no box
`;

const itemsOf = (tokens: readonly Token[]): Tokens.ListItem[] =>
  tokens.flatMap((any) => {
    const token = any as MarkedToken;
    if (token.type === 'list') return token.items.flatMap((item) => [item, ...itemsOf(item.tokens)]);
    return 'tokens' in token ? itemsOf(token.tokens) : [];
  });

test.each([
  ['\n', TEXT],
  ['\r\n', TEXT.replaceAll('\n', '\r\n')],
])(
  'given a text with boxes and line ends %j when one is ticked then it is that one and no other',
  (_, text) => {
    const tokens = lexer(text, { gfm: true, breaks: true });
    const boxes = boxesOf(text, tokens);
    const places = itemsOf(tokens).flatMap((item) => boxes.get(item) ?? []);
    const lines = text.split('\n');
    const changed = places.map((at) => {
      const after = ticked(text, at).split('\n');
      return lines.flatMap((line, number) =>
        after[number] === line ? [] : [number + 1, after[number]?.trim()],
      );
    });
    expect(changed).toEqual([
      [3, '- [ ] buy'],
      [4, '- [x] milk'],
      [5, '- [x] milk'],
      [6, '* [x] **eggs**, and'],
      [8, '1. [ ] pay'],
      [14, '> - [x] no box'],
      [17, '- [x] no box'],
    ]);
  },
);

test('given a box when it is ticked twice then the text is as before', () => {
  const at = TEXT.indexOf('[ ] milk') + 1;
  expect(ticked(ticked(TEXT, at), at)).toBe(TEXT);
});
