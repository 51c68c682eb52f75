import { expect, test } from 'vitest';

import { piecesOf } from './marks';

test('given a highlight when it is taken apart then marked and other text are told apart', () => {
  expect(piecesOf('the <mark>load</mark> of <mark>tests</mark>')).toEqual([
    { text: 'the ', found: false },
    { text: 'load', found: true },
    { text: ' of ', found: false },
    { text: 'tests', found: true },
  ]);
});

test('given markup in a task when its highlight is taken apart then it is text', () => {
  expect(piecesOf('&lt;img src=x onerror=&quot;a&amp;&amp;b&quot;&gt; <mark>it&#x27;s</mark>')).toEqual([
    { text: '<img src=x onerror="a&&b"> ', found: false },
    { text: "it's", found: true },
  ]);
});

test('given an escaped entity when it is taken apart then it is unescaped once', () => {
  expect(piecesOf('&amp;lt;')).toEqual([{ text: '&lt;', found: false }]);
});
