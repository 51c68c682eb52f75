import { beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { ImportReport, LineResult } from '../api/types';
import { FileProblem, importFile } from './importFile';
import type { Kind } from './kinds';
import { inWords } from './report';

interface Sent {
  query: { format: string; from?: number; time_zone?: string };
  type: string;
  text: string;
}

const posted = vi.hoisted(() => vi.fn<(sent: unknown) => unknown>());
vi.mock('../api/client', () => ({
  api: {
    POST: async (
      _: string,
      call: { params: { query: unknown }; headers: Record<string, string>; body: Blob },
    ) => ({
      data: await posted({
        query: call.params.query,
        type: call.headers['Content-Type'],
        text: await call.body.text(),
      }),
    }),
  },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

/** What the server answers, and all that was sent to it. */
function server(answer: (sent: Sent, turn: number) => ImportReport): Sent[] {
  const all: Sent[] = [];
  posted.mockImplementation((sent) => {
    all.push(sent as Sent);
    return answer(sent as Sent, all.length);
  });
  return all;
}

async function run(text: string, kind: Kind, signal = new AbortController().signal) {
  const fractions: number[] = [];
  const onProgress = (_: unknown, fraction: number) => fractions.push(fraction);
  const importing = importFile(new Blob([text]), { kind, timeZone: 'Europe/Berlin', signal, onProgress });
  importing.catch(() => undefined);
  await vi.runAllTimersAsync();
  return { report: await importing, fractions };
}

const linesIn = (text: string) => text.trim().split('\n');
const waits: Omit<LineResult, 'line'> = {
  status: 422,
  problem: {
    type: 'about:blank',
    title: 'No',
    status: 422,
    errors: [{ field: 'parent_id', detail: 'is not there' }],
  },
};

beforeEach(() => {
  vi.useFakeTimers();
});

test('given JSON Lines when imported then they go in portions, and a refusal has its line of the file', async () => {
  const sent = server(({ text }) => ({
    results: linesIn(text).map((line, at) => ({ line: at + 1, status: line.includes('bad') ? 422 : 201 })),
  }));
  const text = Array.from({ length: 700 }, (_, at) => (at === 600 ? '{"bad":1}' : '{"title":"x"}')).join(
    '\n\n',
  );
  const { report, fractions } = await run(text, 'jsonl');
  expect(sent.map((one) => [one.type, linesIn(one.text).length])).toEqual([
    ['application/x-ndjson', 500],
    ['application/x-ndjson', 200],
  ]);
  expect(sent[0]?.query).toEqual({ format: 'jsonl' });
  expect(inWords(report)).toBe('699 imported, 1 refused');
  expect(report.refused[0]?.place).toBe('line 1201');
  expect(fractions.at(-1)).toBe(1);
});

test('given a part that comes before its whole when imported then it is sent again, and told when the whole comes nowhere', async () => {
  let isThere = false;
  const sent = server(({ text }) => ({
    results: linesIn(text).map((line, at) => {
      const result = { line: at + 1 };
      if (line.includes('lost') || (line.includes('part') && !isThere)) return { ...result, ...waits };
      isThere ||= line.includes('whole');
      return { ...result, status: 201 };
    }),
  }));
  const { report } = await run('{"part":1}\n{"lost":1}\n{"whole":1}\n', 'jsonl');
  expect(sent.map(({ text }) => linesIn(text).length)).toEqual([3, 2, 1, 1]);
  expect(inWords(report)).toBe('2 imported, 1 refused');
  expect(report.refused).toEqual([{ place: 'line 2', words: 'parent_id: is not there' }]);
});

test('given lines that the server cannot take now when imported then those alone are sent again', async () => {
  const sent = server(({ text }, turn) => ({
    results: linesIn(text).map((_, at) => ({ line: at + 1, status: turn === 1 && at === 1 ? 503 : 201 })),
  }));
  const { report } = await run('{"a":1}\n{"b":1}\n{"c":1}\n', 'jsonl');
  expect(sent.map(({ text }) => text)).toEqual(['{"a":1}\n{"b":1}\n{"c":1}\n', '{"b":1}\n']);
  expect(inWords(report)).toBe('3 imported');
});

test('given a file of another program when imported then it is sent whole for each part, in the zone of this browser', async () => {
  const sent = server(({ query }) =>
    query.from === 1
      ? { results: [{ line: 1, status: 201, reminders: 1 }], tasks: 2, next: 2 }
      : { results: [{ line: 2, status: 200 }], tasks: 2, left_out: [{ what: 'VEVENT', count: 1 }] },
  );
  const { report, fractions } = await run('BEGIN:VCALENDAR', 'icalendar');
  expect(sent.map(({ query }) => query)).toEqual([
    { format: 'icalendar', time_zone: 'Europe/Berlin', from: 1 },
    { format: 'icalendar', time_zone: 'Europe/Berlin', from: 2 },
  ]);
  expect(new Set(sent.map(({ type, text }) => `${type} ${text}`))).toEqual(
    new Set(['text/calendar BEGIN:VCALENDAR']),
  );
  expect(inWords(report)).toBe('1 imported, 1 already there, 1 reminder');
  expect(fractions).toEqual([0.5, 1, 1]);
});

test('given an answer that does not come when imported then it is asked for again, and a refusal ends it', async () => {
  const away = new ApiProblem({ type: 'about:blank', title: 'Away', status: 0 });
  server((_, turn) => {
    if (turn < 3) throw away;
    return { results: [{ line: 1, status: 201 }] };
  });
  expect(inWords((await run('title\nx\n', 'csv')).report)).toBe('1 imported');
  const refused = new ApiProblem({
    type: 'about:blank',
    title: 'No',
    status: 400,
    detail: 'line 1: no heading',
  });
  const sent = server(() => {
    throw refused;
  });
  await expect(run('x', 'csv')).rejects.toBe(refused);
  expect(sent).toHaveLength(1);
});

test('given a file that is too large to be sent whole when imported then it says so and nothing is sent', async () => {
  const sent = server(() => ({ results: [] }));
  await expect(run('x'.repeat(1024 * 1024 + 1), 'csv')).rejects.toBeInstanceOf(FileProblem);
  expect(sent).toEqual([]);
});
