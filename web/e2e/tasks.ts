import type { APIRequestContext } from '@playwright/test';

/** A word that nothing else has: a tag whose list holds the tasks of one test alone. */
export const newWord = (): string => `t${crypto.randomUUID().slice(0, 8)}`;

interface Made {
  id: string;
  title: string;
}

/** Makes tasks with a tag, so that the list of the tag has them in this order. */
export async function makeTasks(
  request: APIRequestContext,
  tag: string,
  titles: readonly string[],
): Promise<Made[]> {
  const operations = titles.map((title, at) => {
    const due_date = `2031-01-${String(at + 1).padStart(2, '0')}`;
    return { op: 'create', task: { title, tags: [tag], due_date } };
  });
  const answer = await request.post('/tasks/bulk', { data: { operations } });
  const token = answer.headers()['consistency-token'] ?? '';
  const { results } = (await answer.json()) as { results: { id: string }[] };
  // Shown by the next read, whoever makes it.
  await request.get(`/tasks?tag=${tag}`, { headers: { 'Consistency-Token': token, Prefer: 'wait=5' } });
  return results.map(({ id }, at) => ({ id, title: titles[at] ?? '' }));
}
