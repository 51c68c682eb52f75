// What people do, as one iteration of a scenario: a task is written, read, found and changed, each read with the token of the write before it.
// Everything that a scenario has in common is here: where it goes, what is counted, and what is asked of it.

import http from 'k6/http';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';

const base = (__ENV.TASKLOG_URL || 'http://127.0.0.1:8080').replace(/\/$/, '');

/** Requests in one iteration of `mix`; arrival rates are of iterations. */
export const REQUESTS = 6;

/** Requests a second that a scenario is asked for, by RATE; `usual` without it. */
export function iterations(usual) {
  return Math.max(1, Math.round(Number(__ENV.RATE || usual) / REQUESTS));
}

/** How long a scenario lasts, by DURATION. */
export function duration(usual) {
  return __ENV.DURATION || usual;
}

const stale = new Counter('stale');
const wrong = new Counter('wrong');

/**
 * The published targets (docs/performance.md). Right answers are asked for always; how fast they are only where the machine is meant to be
 * measured: TARGETS=false leaves that out.
 */
export function thresholds() {
  const right = { stale: ['count==0'], wrong: ['count==0'], http_req_failed: ['rate==0'], dropped_iterations: ['count==0'] };
  if (__ENV.TARGETS === 'false') {
    return { stale: right.stale, wrong: right.wrong, http_req_failed: right.http_req_failed };
  }
  return Object.assign(right, {
    'http_req_duration{call:create}': ['p(50)<10', 'p(99)<50'],
    'http_req_duration{call:change}': ['p(50)<10', 'p(99)<50'],
    'http_req_duration{call:task}': ['p(50)<20', 'p(99)<100'],
    'http_req_duration{call:list}': ['p(50)<20', 'p(99)<100'],
    'http_req_duration{call:search}': ['p(50)<100', 'p(99)<250'],
  });
}

function send(method, path, call, status, { body, headers } = {}) {
  const answer = http.request(method, `${base}${path}`, body ? JSON.stringify(body) : null, {
    headers: Object.assign(body ? { 'content-type': 'application/json' } : {}, headers),
    // A name for all paths of a call: one for each task would be a time series for each.
    tags: { call, name: call },
    responseCallback: http.expectedStatuses(status),
  });
  if (answer.status !== status) {
    wrong.add(1);
    return null;
  }
  return answer;
}

/** A read that must show what was written. */
function sees(path, call, token, isNew) {
  // As patient as the service lets a query be; without it a query waits five seconds.
  const answer = send('GET', path, call, 200, { headers: { 'consistency-token': token, prefer: 'wait=7' } });
  if (answer && !isNew(answer.json())) {
    stale.add(1);
  }
}

export function mix() {
  const word = `k${exec.scenario.name}${exec.vu.idInTest}x${exec.vu.iterationInScenario}x${Date.now() % 1e9}`;
  const created = send('POST', '/tasks', 'create', 201, {
    body: { title: `Measured ${word}`, tags: [word], priority: 'low' },
    headers: { 'idempotency-key': word },
  });
  if (!created) {
    return;
  }
  const { id } = created.json();
  const token = created.headers['Consistency-Token'];
  sees(`/tasks/${id}`, 'task', token, (task) => task.id === id);
  sees(`/tasks?tag=${word}&sort=-created_at`, 'list', token, (page) => page.items.length === 1 && page.items[0].id === id);
  sees(`/tasks?q=${word}`, 'search', token, (page) => page.items.some((task) => task.id === id));

  const changed = send('PATCH', `/tasks/${id}`, 'change', 200, {
    body: { status: 'completed' },
    headers: { 'if-match': created.headers.Etag },
  });
  if (!changed) {
    return;
  }
  sees(`/tasks/${id}`, 'task', changed.headers['Consistency-Token'], (task) => task.status === 'completed');
}
