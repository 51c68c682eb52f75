import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { askEarly, earlyComes, earlyHasCome, fetchOrTake, forgetEarly, READS_PREFER } from './early';

let server: Server;
let url: string;
let got: IncomingMessage[];
/** The statuses of the next answers; 200 when there are no more. */
let statuses: number[];
/** Answers are sent when this is over. */
let held: Promise<void>;
/** What this page knows of. */
let known: string;

/** Answers each request with which one it is. */
beforeEach(async () => {
  [got, statuses, held, known] = [[], [], Promise.resolve(), ''];
  server = createServer((request, response) => {
    const count = got.push(request);
    void held.then(() => {
      response.writeHead(statuses.shift() ?? 200, { 'Consistency-Token': `task-events/0@${count}` });
      response.end(String(count));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tasks?tag=a+b&limit=50`;
});

afterEach(async () => {
  forgetEarly();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

async function answered(headers: Record<string, string> = {}, method = 'GET'): Promise<string> {
  // As the client spells it.
  return (await taken(url.replace('a+b', 'a%20b'), { method, headers })).text();
}

const taken = (asked: string, options?: RequestInit) => fetchOrTake(new Request(asked, options), () => known);

test('given a request that was sent early when it is made then it has that answer, once', async () => {
  askEarly([url]);
  const answer = await taken(url);
  expect(answer.headers.get('Consistency-Token')).toBe('task-events/0@1');
  expect(await answer.text()).toBe('1');
  expect(got.map(({ headers }) => headers.prefer)).toEqual([READS_PREFER]);
  expect(await answered()).toBe('2');
});

test('given an early answer when more is known by now, or something is written, then it is not taken', async () => {
  askEarly([url]);
  await expect.poll(earlyHasCome).toBe(true);
  expect(await answered({ 'Consistency-Token': 'task-events/0@7' })).toBe('2');
  expect(await answered({}, 'POST')).toBe('3');
  expect(got.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  // It is still there for who may have it.
  expect(await answered()).toBe('1');
});

test('given a write that is confirmed while an early answer is awaited when that comes then it is asked for anew, with the token', async () => {
  askEarly([url]);
  const answer = answered();
  known = 'task-events/0@7';
  expect(await answer).toBe('2');
  expect(got.map(({ headers }) => headers['consistency-token'])).toEqual([undefined, known]);
});

test('given early requests when all are answered then they have come, and not before', async () => {
  expect(earlyHasCome()).toBe(false);
  askEarly([url, `${url}&q=a`]);
  expect(earlyHasCome()).toBe(false);
  await expect.poll(earlyHasCome).toBe(true);
  forgetEarly();
  expect(earlyHasCome()).toBe(false);
});

test('given early requests when they are waited for then they have come, but for those that are refused or take longer', async () => {
  expect(await earlyComes(60_000)).toBe(false);
  askEarly([url]);
  expect(await earlyComes(60_000)).toBe(true);
  forgetEarly();
  statuses = [503];
  askEarly([url]);
  expect(await earlyComes(60_000)).toBe(false);
  forgetEarly();
  let release: () => void = () => undefined;
  held = new Promise<void>((resolve) => (release = resolve));
  askEarly([url]);
  expect(await earlyComes(20)).toBe(false);
  release();
  await expect.poll(earlyHasCome).toBe(true);
});

test('given an early answer that was taken when another is asked for then that one has not come yet', async () => {
  askEarly([url]);
  expect(await answered()).toBe('1');
  askEarly([`${url}&q=a`]);
  expect(earlyHasCome()).toBe(false);
  await expect.poll(earlyHasCome).toBe(true);
});

test('given an early answer that nobody has taken when it is forgotten then it is asked for anew', async () => {
  askEarly([url]);
  forgetEarly();
  await answered();
  expect(got).toHaveLength(2);
});

test('given an early request that was refused, or reached nobody, when it is made then it is sent', async () => {
  statuses = [503];
  askEarly([url]);
  expect(await answered()).toBe('2');
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  askEarly([url]);
  await expect(answered()).rejects.toThrow();
});
