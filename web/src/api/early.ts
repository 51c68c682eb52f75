/**
 * Answers that were asked for before the page itself was there: its first list comes while its scripts still do. Each is taken once, by
 * the request that would have been sent for it.
 */

/** What reads prefer: to wait until they show what is known here, and after two seconds to take what is there rather than to fail. */
export const READS_PREFER = 'wait=2, handling=lenient';

interface Early {
  answer: Promise<Response | null>;
  /** It is there, and no refusal. */
  hasCome: boolean;
}

let asked = new Map<string, Early>();

/** The same for the same request, however its query is spelled. */
function nameOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  return `${pathname}?${searchParams.toString()}`;
}

/** The answer; `null` where none came, or a refusal: it is asked for again then, and what becomes of that is told. */
async function ask(url: string): Promise<Response | null> {
  try {
    const answer = await fetch(url, { headers: { Prefer: READS_PREFER } });
    // With its body, so that who takes it has nothing to wait for.
    const body = await answer.arrayBuffer();
    if (!answer.ok) return null;
    return new Response(body, { status: answer.status, headers: answer.headers });
  } catch {
    return null;
  }
}

/** Asks for URLs of the API. */
export function askEarly(urls: readonly string[]): void {
  for (const url of urls) {
    const early: Early = { answer: ask(url), hasCome: false };
    asked.set(nameOf(url), early);
    void early.answer.then((answer) => (early.hasCome = answer !== null));
  }
}

/** Something was asked for, and all of it has come and waits to be taken. */
export function earlyHasCome(): boolean {
  return asked.size > 0 && [...asked.values()].every(({ hasCome }) => hasCome);
}

/** The same, or it comes within so many milliseconds; who was refused by then does not wait. */
export async function earlyComes(ms: number): Promise<boolean> {
  if (asked.size > 0 && !earlyHasCome()) {
    const all = Promise.all([...asked.values()].map(({ answer }) => answer));
    await Promise.race([all, new Promise((go) => setTimeout(go, ms))]);
  }
  return earlyHasCome();
}

/** What nobody has taken so far is not wanted any more: it gets old. */
export function forgetEarly(): void {
  asked = new Map();
}

/**
 * Sends a request, unless that was done early. One with a token wants to see more than was known then; so does one that gets a token while
 * it waits for the early answer, as `token` says: a write was confirmed meanwhile, which that answer may not show.
 */
export async function fetchOrTake(request: Request, token: () => string): Promise<Response> {
  if (request.method === 'GET' && !request.headers.has('Consistency-Token')) {
    const name = nameOf(request.url);
    const early = asked.get(name);
    asked.delete(name);
    const answer = await early?.answer;
    const known = token();
    if (answer && known === '') return answer;
    if (known !== '') request.headers.set('Consistency-Token', known);
  }
  return fetch(request);
}
