import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import { readStream } from '../api/stream';
import { Link, type LinkListener, type LinkState } from './link';
import { firstPlace } from './place';

vi.mock('../api/stream', () => ({ readStream: vi.fn() }));
vi.mock('./backoff', () => ({ pauseMs: () => 0 }));
vi.mock('./place', () => ({ firstPlace: vi.fn() }));

const told: unknown[] = [];
const states: LinkState[] = [];
const listener: LinkListener = {
  events: (events) => told.push(events.map(({ id }) => id)),
  state: (state) => states.push(state),
  placed: () => told.push('placed'),
  lost: (otherLog) => told.push(otherLog ? 'another log' : 'lost'),
};

/** Each connection of the window that reads, one after the other; after the last one it waits. */
function connections(...each: ((on: Parameters<typeof readStream>[2]) => void)[]): void {
  vi.mocked(readStream).mockImplementation(async (_place, attempt, on) => {
    const next = each.shift();
    if (next) next(on);
    else await new Promise((end) => attempt.signal.addEventListener('abort', end));
  });
}

const places = () => vi.mocked(readStream).mock.calls.map(([place]) => place);

let link: Link;

beforeEach(() => {
  told.length = 0;
  states.length = 0;
  vi.mocked(readStream).mockReset();
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  vi.stubGlobal('navigator', { onLine: true });
  link = new Link(listener);
});

afterEach(() => {
  link.end();
  vi.unstubAllGlobals();
});

test('given a place to begin at then it is told once, before the stream is read, and a stream that breaks goes on where it was', async () => {
  vi.mocked(firstPlace).mockResolvedValue('tasks/0@5');
  connections(
    ({ opened, took }) => {
      told.push('reads');
      opened();
      took([{ id: 'tasks/0@6', name: 'task.created', data: '{}' }]);
    },
    ({ opened }) => opened(),
  );
  link.start();
  await expect.poll(() => places()).toEqual(['tasks/0@5', 'tasks/0@6', 'tasks/0@6']);
  expect(told).toEqual(['placed', 'reads', ['tasks/0@6']]);
});

test('given no place to begin at then what was before is lost, of the same log', async () => {
  vi.mocked(firstPlace).mockResolvedValue('');
  connections(({ opened }) => opened());
  link.start();
  await expect.poll(() => told).toEqual(['placed', 'lost']);
});

test('given a place that the server does not know then it begins anew with another log, and says so once', async () => {
  vi.mocked(firstPlace).mockResolvedValue('tasks/0@5');
  connections(
    () => {
      throw new ApiProblem({ type: 'about:blank', title: 'Bad Request', status: 400 });
    },
    ({ opened }) => opened(),
    ({ opened }) => opened(),
  );
  link.start();
  await expect.poll(() => places()).toEqual(['tasks/0@5', '', '', '']);
  expect(told).toEqual(['placed', 'another log', 'lost']);
});

test.each<[string, LinkState[]]>([
  ['unavailable', ['away', 'open']],
  ['projection-behind', ['open']],
])('given a stream that is refused as %s when it is there again then it went as %j', async (kind, went) => {
  vi.mocked(firstPlace).mockResolvedValue('tasks/0@5');
  connections(
    () => {
      const type = `https://tasklog.dev/problems/${kind}`;
      throw new ApiProblem({ type, title: 'Unavailable at the moment', status: 503 }, 1);
    },
    ({ opened }) => opened(),
  );
  link.start();
  await expect.poll(() => places()).toEqual(['tasks/0@5', 'tasks/0@5', 'tasks/0@5']);
  expect(states).toEqual(went);
});
