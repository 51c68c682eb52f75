import { expect, test } from 'vitest';

import { EventParser } from './stream';

test('given a stream in pieces when it is taken apart then each event is whole, and signs of life are none', () => {
  const parser = new EventParser();
  expect(parser.take('id: task-events/0@1\nevent: task.cre')).toEqual([]);
  expect(parser.take('ated\ndata: {"a":\ndata: 1}\n\n: heartbeat\n\nid: task-events/0@2\n')).toEqual([
    { id: 'task-events/0@1', name: 'task.created', data: '{"a":\n1}' },
  ]);
  expect(parser.take('\n')).toEqual([{ id: 'task-events/0@2', name: 'message', data: '' }]);
});
