import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, test } from '@playwright/test';

import { figure, percentile } from './figures';
import { SERVER } from './probe';

const CLI = path.join(import.meta.dirname, 'node_modules', 'lighthouse', 'cli', 'index.js');
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const;
/** What the performance is made of, each as it would be on the device that is simulated. */
const METRICS = {
  'first-contentful-paint': 'ms',
  'largest-contentful-paint': 'ms',
  'total-blocking-time': 'ms',
  'speed-index': 'ms',
  'cumulative-layout-shift': 'shift',
};
/** So many of the longest tasks of the page are told. */
const TASKS = 5;
/** The performance of a single run hangs on chance: the median counts. */
const RUNS = 3;
/** Lighthouse now and then loses the beginning of its trace, says so and asks to be run again. */
const TRIES = 3;

interface LongTask {
  url: string;
  /** In milliseconds of the device that is simulated, as the duration. */
  startTime: number;
  duration: number;
}

interface Audit {
  title: string;
  score: number | null;
  scoreDisplayMode: string;
  numericValue?: number;
  details?: { items?: unknown[] };
}

interface Result {
  /** How fast Lighthouse has found the machine to be. */
  environment: { benchmarkIndex: number };
  categories: Record<(typeof CATEGORIES)[number], { score: number | null }>;
  audits: Record<string, Audit>;
}

/** Runs Lighthouse in a Chromium that it starts itself. */
function lighthouse(url: string, form: 'mobile' | 'desktop', folder: string): Result {
  const file = path.join(folder, 'result.json');
  const told = [
    `--only-categories=${CATEGORIES.join(',')}`,
    '--output=json',
    `--output-path=${file}`,
    '--chrome-flags=--headless=new --no-sandbox',
    '--quiet',
    ...(form === 'desktop' ? ['--preset=desktop'] : []),
  ];
  const env = { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? '/usr/bin/chromium' };
  for (let left = TRIES - 1; ; left--) {
    try {
      execFileSync(process.execPath, [CLI, url, ...told], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      return JSON.parse(readFileSync(file, 'utf8')) as Result;
    } catch (error) {
      if (left === 0) throw error;
      console.log(`  ${form}: Lighthouse has no result and is run again`);
    }
  }
}

function metricOf({ audits }: Result, name: string): number {
  const value = audits[name]?.numericValue;
  if (value === undefined) throw new Error(`Lighthouse does not tell ${name}`);
  return value;
}

/** The tasks that keep a person waiting who does something meanwhile, the longest first. */
function longTasksOf({ audits }: Result): LongTask[] {
  const tasks = (audits['long-tasks']?.details?.items ?? []) as LongTask[];
  return tasks.slice(0, TASKS);
}

/** As Lighthouse has it by itself: `mobile` is a slow phone (a processor four times slower) on a slow line. */
for (const form of ['mobile', 'desktop'] as const) {
  test(`lighthouse: ${form}`, () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tasklog-lighthouse-'));
    try {
      const results = Array.from({ length: RUNS }, () => lighthouse(`${SERVER}/all`, form, folder));
      for (const category of CATEGORIES) {
        const scores = results.map(({ categories }) => (categories[category].score ?? 0) * 100);
        figure(`lighthouse.${form}.${category}`, percentile(scores, 50), 'points', { atLeast: 95 });
      }
      for (const [name, unit] of Object.entries(METRICS)) {
        const values = results.map((result) => metricOf(result, name));
        figure(`lighthouse.${form}.${name}`, percentile(values, 50), unit);
      }
      const indexes = results.map(({ environment }) => environment.benchmarkIndex);
      figure(`lighthouse.${form}.benchmark-index`, percentile(indexes, 50), 'points');
      for (const { url, startTime, duration } of results.slice(0, 1).flatMap(longTasksOf))
        console.log(`  ${form}: a task of ${Math.round(duration)} ms at ${Math.round(startTime)} ms, ${url}`);
      // What costs points is told, where it is not only a time.
      const failed = Object.values(results[0]?.audits ?? {}).filter(
        ({ score, scoreDisplayMode }) => scoreDisplayMode === 'binary' && score === 0,
      );
      for (const { title } of failed) console.log(`  ${form}: ${title}`);
      expect(results).toHaveLength(RUNS);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
