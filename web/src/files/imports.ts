/** The imports of this page: one runs at a time, whether or not anybody looks. */
import { useSyncExternalStore } from 'react';

import { ApiProblem } from '../api/problem';
import { FileProblem, importFile } from './importFile';
import { kindOf, type Kind } from './kinds';
import { startOf } from './reading';
import { emptyReport, type Report } from './report';

export interface Job {
  id: number;
  file: File;
  /** `null` while nobody knows. */
  kind: Kind | null;
  state: 'looking' | 'asking' | 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  /** Which part of the file is in, from 0 to 1. */
  fraction: number;
  report: Report;
  /** Why it failed. */
  failure: string | null;
}

let jobs: readonly Job[] = [];
let made = 0;
const stops = new Map<number, AbortController>();
const listeners = new Set<() => void>();

/** An import ends with the page: the browser asks before it goes. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function set(next: readonly Job[]): void {
  jobs = next;
  // A browser keeps no copy of a page that listens for this, to go back to: it listens only as long as there is something to lose.
  if (jobs.some(({ state }) => state === 'waiting' || state === 'running'))
    globalThis.addEventListener('beforeunload', askBeforeLeaving);
  else globalThis.removeEventListener('beforeunload', askBeforeLeaving);
  listeners.forEach((listener) => {
    listener();
  });
}

function change(id: number, to: Partial<Job>): void {
  set(jobs.map((job) => (job.id === id ? { ...job, ...to } : job)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useImports = (): readonly Job[] => useSyncExternalStore(subscribe, () => jobs);

/** Is told when an import has ended, however. */
export type OnEnd = (job: Job) => void;

/** Imports files, once it is known what each is. What ended before leaves the list. */
export function addFiles(files: readonly File[], onEnd: OnEnd): void {
  const running = jobs.filter(({ state }) => !isOver(state));
  const added = files.map<Job>((file) => ({
    id: (made += 1),
    file,
    kind: null,
    state: 'looking',
    fraction: 0,
    report: emptyReport(),
    failure: null,
  }));
  set([...running, ...added]);
  for (const { id, file } of added) {
    void startOf(file)
      .catch(() => '')
      .then((start) => {
        const kind = kindOf(file.name, start);
        change(id, kind === null ? { state: 'asking' } : { kind, state: 'waiting' });
        runNext(onEnd);
      });
  }
}

export const isOver = (state: Job['state']): boolean =>
  state === 'done' || state === 'failed' || state === 'stopped';

/** Says what a file is that could not be told. */
export function chooseKind(id: number, kind: Kind, onEnd: OnEnd): void {
  change(id, { kind, state: 'waiting' });
  runNext(onEnd);
}

/** Ends an import; what is in by then stays. */
export function stopImport(id: number): void {
  stops.get(id)?.abort();
  const job = jobs.find((one) => one.id === id);
  if (job && job.state !== 'running' && !isOver(job.state)) change(id, { state: 'stopped' });
}

function runNext(onEnd: OnEnd): void {
  if (jobs.some(({ state }) => state === 'running')) return;
  const next = jobs.find(({ state }) => state === 'waiting');
  if (next) void run(next, onEnd).then(() => runNext(onEnd));
}

async function run({ id, file, kind }: Job, onEnd: OnEnd): Promise<void> {
  if (kind === null) return;
  const stop = new AbortController();
  stops.set(id, stop);
  change(id, { state: 'running' });
  try {
    await importFile(file, {
      kind,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      signal: stop.signal,
      onProgress: (report, fraction) => change(id, { report: { ...report }, fraction }),
    });
    change(id, { state: 'done' });
  } catch (problem) {
    change(id, stop.signal.aborted ? { state: 'stopped' } : { state: 'failed', failure: reasonOf(problem) });
  } finally {
    stops.delete(id);
  }
  const ended = jobs.find((job) => job.id === id);
  if (ended) onEnd(ended);
}

function reasonOf(problem: unknown): string {
  if (problem instanceof ApiProblem) return problem.detail ?? problem.title;
  if (problem instanceof FileProblem) return problem.message;
  return 'The file cannot be read';
}
