/** How long writes are tried: until the server has answered, however long it is away. */
import type { ApiProblem } from '../api/problem';

/** Failures that are not the server's being away are tried again so often. */
const TRIES_MAX = 3;
const PAUSE_MS = 300;
const PAUSE_MAX_MS = 10_000;

export const patience = {
  retry: (failures: number, problem: ApiProblem): boolean =>
    problem.isAway || (problem.isTransient && failures < TRIES_MAX),
  retryDelay: (failures: number, problem: ApiProblem): number =>
    problem.retryAfterSeconds === undefined
      ? Math.min(PAUSE_MS * 2 ** failures, PAUSE_MAX_MS) * (0.5 + Math.random() / 2)
      : problem.retryAfterSeconds * 1000,
};
