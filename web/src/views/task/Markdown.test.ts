import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';

import Markdown from './Markdown';

const shown = (text: string): string => renderToStaticMarkup(createElement(Markdown, { text }));

test('given Markdown when it is shown then it is what it says', () => {
  const text =
    '# Plan\n\nBuy **milk** and `eggs`\n\n- [x] one\n- [ ] two\n\n1. a\n2. b\n\n> so\n\n|a|b|\n|-|-|\n|1|2|';
  const html = shown(text);
  for (const part of [
    '<h3>Plan</h3>',
    '<strong>milk</strong>',
    '<code>eggs</code>',
    '<ol',
    '<blockquote>',
    '<td>2</td>',
  ])
    expect(html).toContain(part);
  expect(html.match(/type="checkbox"/g)).toHaveLength(2);
});

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a <b onclick="x()">b</b> c',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[x]( javascript:alert(1) "t")',
  '[x](&#106;avascript:alert(1))',
  '<svg/onload=alert(1)>',
])('given %s when it is shown then nothing of it runs', (text) => {
  const html = shown(text);
  expect(html).not.toMatch(/<(script|img|svg|iframe|b)\b/i);
  expect(html).not.toMatch(/href="(?!https?:|mailto:|tel:)/i);
  expect(html).not.toMatch(/<[^>]*\son\w+=/i);
});

test('given links when they are shown then they open elsewhere, and pictures are links', () => {
  const html = shown('https://example.com and ![plan](https://example.com/plan.png)');
  expect(
    html.match(/<a href="https:\/\/example\.com[^"]*" target="_blank" rel="noopener noreferrer">/g),
  ).toHaveLength(2);
  expect(html).not.toContain('<img');
});
