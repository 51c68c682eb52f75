import { expect, test } from 'vitest';

import { kindOf } from './kinds';

test('given files when asked for their kind then what they hold decides before their name', () => {
  for (const [name, start, kind] of [
    ['a.ics', 'BEGIN:VCALENDAR\r\nVERSION:2.0', 'icalendar'],
    ['a.txt', '\uFEFF\nbegin:vcalendar\n', 'icalendar'],
    ['file', '\uFEFFTYPE,CONTENT,DESCRIPTION,PRIORITY', 'todoist'],
    ['a.json', '[\n{"id":1}', 'taskwarrior'],
    ['a', '{"id":1,"description":"x","uuid":"y"}', 'taskwarrior'],
    ['a.json', '{"title":"uuid","description":"x"}\n', 'jsonl'],
    ['a.csv', '{"title":"x"}', 'jsonl'],
    ['a', '"title","due_date"\n', 'csv'],
    ['a', 'id;title\n', 'csv'],
    ['a.csv.gz', 'what,when\n', 'csv'],
    ['A.ICS', '', 'icalendar'],
    ['a.jsonl.gz', '', 'jsonl'],
  ] as const)
    expect([name, kindOf(name, start)]).toEqual([name, kind]);
});

test('given a file that neither its name nor its content tells when asked for its kind then nobody knows', () => {
  for (const [name, start] of [
    ['notes.txt', 'buy milk\n'],
    ['ics', ''],
    ['a.json', '[{"title":"x"}]'],
  ] as const)
    expect(kindOf(name, start)).toBeNull();
});
