import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { keys } from '../tasks/keys';
import type { RowPage } from '../tasks/queries';
import { applyEvents } from './apply';

const created = {
  ...{ name: 'task.created', id: 'a', version: 1 },
  data: { id: 'a', title: 'one', status: 'pending', priority: 'none', tags: [], description: '', due: null },
};

test('given a list whose answer is on its way when an event comes then it is read once more, however many events come', async () => {
  const client = new QueryClient();
  const answers: ((page: RowPage) => void)[] = [];
  const list = new InfiniteQueryObserver(client, {
    queryKey: keys.list({}),
    queryFn: () => new Promise<RowPage>((answer) => answers.push(answer)),
    initialPageParam: null,
    getNextPageParam: () => null,
  });
  const end = list.subscribe(() => undefined);
  await applyEvents(client, [created]);
  await applyEvents(client, [created]);
  expect(answers).toHaveLength(1);
  answers[0]?.({ rows: [], nextCursor: null, total: 0, totalIsExact: true });
  await expect.poll(() => answers.length).toBe(2);
  end();
  client.clear();
});
