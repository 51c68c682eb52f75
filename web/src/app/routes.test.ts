import { expect, test } from 'vitest';

import { pathOf, type Place } from '../views/list/views';
import { routeOf } from './routes';

const PLACES: Place[] = [
  { kind: 'today' },
  { kind: 'upcoming' },
  { kind: 'all' },
  { kind: 'tag', tag: 'home' },
  { kind: 'tag', tag: '100% a/b #c?d=ü%20' },
  { kind: 'filter', name: 'Urgent & at home' },
];

test.each(PLACES)('given the path of $kind $tag $name when it is read then it leads there', (place) => {
  expect(routeOf(pathOf(place))).toEqual({ kind: 'list', place });
});

test('given other paths when they are read then they lead to the start, to the page for operators or nowhere', () => {
  expect(routeOf('/')).toEqual({ kind: 'start' });
  expect(routeOf('/ops')).toEqual({ kind: 'ops' });
  for (const path of ['/tag', '/tag/', '/tag/%', '/tag/a/b', '/tasks', '/all/x', '/ops/x', '//']) {
    expect(routeOf(path), path).toEqual({ kind: 'missing' });
  }
});
