import type { Place } from '../views/list/views';

/** What a path leads to. */
export type Route =
  { kind: 'list'; place: Place } | { kind: 'ops' } | { kind: 'start' } | { kind: 'missing' };

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A `%` that escapes nothing.
    return null;
  }
}

/** Reads the path of a URL, percent-encoded as it is there. The page's paths are none of the API's, which are on the same origin. */
export function routeOf(path: string): Route {
  const [first = '', second, ...others] = path.slice(1).split('/');
  if (others.length > 0) return { kind: 'missing' };
  if (second === undefined) {
    if (first === '') return { kind: 'start' };
    if (first === 'ops') return { kind: 'ops' };
    return first === 'today' || first === 'upcoming' || first === 'all'
      ? { kind: 'list', place: { kind: first } }
      : { kind: 'missing' };
  }
  const name = decoded(second);
  if (name === null || name === '') return { kind: 'missing' };
  if (first === 'tag') return { kind: 'list', place: { kind: 'tag', tag: name } };
  if (first === 'filter') return { kind: 'list', place: { kind: 'filter', name } };
  return { kind: 'missing' };
}
