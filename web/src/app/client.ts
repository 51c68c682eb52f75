import { QueryClient } from '@tanstack/react-query';

import { ApiProblem } from '../api/problem';
import { registerTaskWrites, resumeWrites } from '../tasks/writes';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiProblem;
  }
}

const TRIES_MAX = 3;

/** What can go through later is tried again, after what the server asks for, else after 0.3, 0.6 and 1.2 seconds. */
const patience = {
  retry: (failures: number, problem: ApiProblem) =>
    problem instanceof ApiProblem && problem.isTransient && failures < TRIES_MAX,
  retryDelay: (failures: number, problem: ApiProblem) =>
    (problem.retryAfterSeconds ?? 0.3 * 2 ** failures) * 1000,
};

/** The state of the server as this page knows it. */
export function makeClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: { ...patience, staleTime: 30_000, refetchOnWindowFocus: false },
      mutations: patience,
    },
  });
  registerTaskWrites(client);
  resumeWrites(client);
  return client;
}
