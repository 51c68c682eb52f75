import type { FieldError, Problem } from './types';

/** Where the server's kinds of problems live; what follows is the kind. */
const TYPE_BASE = 'https://tasklog.dev/problems/';

/** A request that was refused, or that reached nobody. Every call of the API fails with this and nothing else. */
export class ApiProblem extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Stable URI of the kind. */
  readonly type: string;
  /** The kind in a few words. */
  readonly title: string;
  /** What happened this time. */
  readonly detail: string | undefined;
  /** Each violated rule, with the path of its field. */
  readonly errors: readonly FieldError[];
  /** After how many seconds the server asks to be tried again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Reads the problem of an answer; one that is not of the API (a proxy's) becomes one by its status. */
  static async of(response: Response): Promise<ApiProblem> {
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
    const body: unknown = await response.json().catch(() => undefined);
    if (isProblem(body)) return new ApiProblem(body, seconds);
    const title = response.statusText || `Status ${response.status}`;
    return new ApiProblem({ type: 'about:blank', title, status: response.status }, seconds);
  }

  /** No answer came: the server is away, or this device is offline. */
  static unreachable(cause: unknown): ApiProblem {
    const title = 'The server cannot be reached';
    const problem = new ApiProblem({ type: 'about:blank', title, status: 0 });
    problem.cause = cause;
    return problem;
  }

  /** The last part of the type: `not-found`, `projection-behind`, `wrong-version`. */
  get kind(): string {
    return this.type.startsWith(TYPE_BASE) ? this.type.slice(TYPE_BASE.length) : this.type;
  }

  /** The same request may go through later. Writes are safe to repeat, with their idempotency key. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /**
   * The server is away: nobody answered, or a proxy did, which may be the gateway with a problem of the API. The server itself says the
   * same of a part that it cannot do without. One that is behind, or does not know what became of a write, is there.
   */
  get isUnreached(): boolean {
    if (this.status === 0 || this.kind === 'unavailable') return true;
    return this.status >= 500 && this.type === 'about:blank';
  }

  /** The server is away, or says that it cannot do its work for now. */
  get isAway(): boolean {
    return this.isUnreached || this.status === 503;
  }

  /** What is wrong with one field, such as `title` or `tags[3]`. */
  errorOf(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.detail;
  }
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'type' in body &&
    typeof body.type === 'string' &&
    'title' in body &&
    typeof body.title === 'string' &&
    'status' in body &&
    typeof body.status === 'number'
  );
}
