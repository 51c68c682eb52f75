import { expect, test } from 'vitest';

import { asText, emptyReport, inWords, note, noteRest } from './report';

const problem = {
  type: 'about:blank',
  title: 'The request is not valid',
  status: 422,
  errors: [
    { field: 'title', detail: 'is needed' },
    { field: 'priority', detail: 'must be one of these' },
  ],
};

test('given what became of the tasks of a file when noted then it is counted, and told with its place', () => {
  const report = emptyReport();
  note(report, 1, { line: 1, status: 201, reminders: 2 });
  note(report, 2, { line: 2, status: 200 });
  note(report, 7, { line: 3, status: 422, problem });
  const lost = [{ field: 'GEO', value: '52.5', why: 'no place for it' }];
  note(report, 4, { line: 4, status: 201, source: 'VTODO at line 4', lost });
  noteRest(report, { results: [], left_out: [{ what: 'VEVENT', count: 3 }] });
  expect(inWords(report)).toBe('2 imported, 1 already there, 1 refused, 2 reminders');
  expect(asText('a.ics', report).split('\n')).toEqual([
    ...['a.ics: 2 imported, 1 already there, 1 refused, 2 reminders', '', 'Refused'],
    ...['line 7: title: is needed', 'line 7: priority: must be one of these', '', 'Not carried'],
    ...['VTODO at line 4: GEO “52.5”: no place for it', '', 'Left out', 'VEVENT (3)', ''],
  ]);
});

test('given a refusal without fields when noted then its detail is told, else what is known', () => {
  const report = emptyReport();
  note(report, 1, { line: 1, status: 503, problem: { type: 'x', title: 'Unavailable', status: 503 } });
  note(report, 2, { line: 2, status: 500 });
  expect(report.refused.map(({ words }) => words)).toEqual(['Unavailable', 'status 500']);
});
