import { expect, test } from 'vitest';

import { traceHref } from './trace';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${ID}-00f067aa0ba902b7-01`;

test('given the trace of an event when there is a Jaeger then the link leads to it', () => {
  expect(traceHref('http://jaeger:16686', PARENT)).toBe(`http://jaeger:16686/trace/${ID}`);
  expect(traceHref('http://jaeger', `01-${ID}-00f067aa0ba902b7-00-more`)).toBe(`http://jaeger/trace/${ID}`);
});

test('given no Jaeger, or no trace, then there is no link', () => {
  expect(traceHref('', PARENT)).toBeNull();
  const none = [
    null,
    undefined,
    '',
    ID,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `${PARENT}x`,
    `00-${ID}/../x`,
  ];
  for (const parent of none) expect(traceHref('http://jaeger', parent), String(parent)).toBeNull();
});
