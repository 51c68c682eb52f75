import { api, versionOf, writeHeaders } from '../api/client';
import type { QuickTask, Task, TaskPatch } from '../api/types';
import type { TaskIntent, TaskOutcome, TaskWrite } from './intent';

interface Answer {
  data?: Task | QuickTask | undefined;
  response: Response;
}

/** Sends a write. It fails with an `ApiProblem`. */
export async function send({ key, intent }: TaskWrite): Promise<TaskOutcome> {
  const { data, response } = await call(intent, key);
  const task = data ?? null;
  return {
    id: 'id' in intent ? intent.id : (task?.id ?? ''),
    task,
    quick: task !== null && isQuick(task) ? task : null,
    on: undefined,
    version: versionOf(response),
    token: response.headers.get('Consistency-Token'),
  };
}

const isQuick = (task: Task | QuickTask): task is QuickTask => 'understood' in task;

function call(intent: TaskIntent, key: string): Promise<Answer> {
  switch (intent.kind) {
    case 'create':
      return api.POST('/tasks', { body: intent.task, headers: writeHeaders(key) });
    case 'quick': {
      const body = { text: intent.text, time_zone: intent.timeZone };
      return api.POST('/tasks/quick', { body, headers: writeHeaders(key) });
    }
    case 'update':
      return patch(intent, intent.patch, key);
    case 'complete':
      return patch(intent, { status: 'completed' }, key);
    case 'reopen':
      return patch(intent, { status: 'pending' }, key);
    case 'delete':
      return api.DELETE('/tasks/{id}', on(intent, key));
    case 'restore':
      return api.POST('/tasks/{id}/restore', on(intent, key));
    case 'undo':
      return api.POST('/tasks/{id}/undo', on(intent, key));
    case 'skip':
      return api.POST('/tasks/{id}/skip', on(intent, key));
  }
}

type OnTask = Extract<TaskIntent, { id: string }>;

function on({ id, version }: OnTask, key: string) {
  return { params: { path: { id } }, headers: writeHeaders(key, version) };
}

function patch(intent: OnTask, body: TaskPatch, key: string): Promise<Answer> {
  const query = intent.kind === 'update' && intent.occurrences ? { occurrences: intent.occurrences } : {};
  const { params, headers } = on(intent, key);
  return api.PATCH('/tasks/{id}', {
    params: { ...params, query },
    headers: { ...headers, 'Content-Type': 'application/merge-patch+json' },
    body,
  });
}
