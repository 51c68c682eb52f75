import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { BINARY, environment, environmentOfWeb, freePorts, PAGE_OF_ITS_OWN, POISON } from './binary';

const STARTS_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** A `tasklog up` of a test's own: it can be killed and started again. */
export class OwnServer {
  /** Where the page is. */
  readonly url: string;
  #server: ChildProcess | null = null;
  #page: ChildProcess | null = null;
  readonly #folder: string;
  readonly #ports: { api: number; kafka: number; page: number };

  private constructor(folder: string, ports: { api: number; kafka: number; page: number }) {
    this.#folder = folder;
    this.#ports = ports;
    this.url = `http://127.0.0.1:${PAGE_OF_ITS_OWN ? ports.page : ports.api}`;
  }

  /** Makes one that is ready. */
  static async make(): Promise<OwnServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tasklog-e2e-'));
    const [api = 0, kafka = 0, page = 0] = freePorts(3);
    const made = new OwnServer(folder, { api, kafka, page });
    await made.start();
    if (!PAGE_OF_ITS_OWN) return made;
    made.#page = spawn('npx', ['vite', 'preview', '--port', String(page), '--strictPort'], {
      env: { ...process.env, TASKLOG_URL: made.api },
      stdio: 'ignore',
      detached: true,
    });
    await answers(made.url);
    return made;
  }

  /** Where its API is, without a page before it. */
  get api(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }

  /** Writes a record to one of its topics, past it. */
  writeRecord(topic: string, key: string, payload: string): void {
    execFileSync(POISON, [`127.0.0.1:${this.#ports.kafka}`, topic, key], { input: payload });
  }

  /** Starts it, on what is in its folder. */
  async start(): Promise<void> {
    const { api, kafka } = this.#ports;
    this.#server = spawn(BINARY, ['up'], {
      env: { ...process.env, ...environment(path.join(this.#folder, 'data'), { api, kafka }) },
      stdio: 'ignore',
    });
    await answers(`${this.api}/readyz`);
  }

  /** Ends it in the middle of whatever it does. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    await ended(this.#server, () => this.#server?.kill(signal));
    this.#server = null;
  }

  /** Ends all of it. */
  async end(): Promise<void> {
    await this.kill('SIGTERM');
    const page = this.#page;
    // `npx` starts another process, which would stay.
    await ended(page, () => page?.pid !== undefined && process.kill(-page.pid));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A `tasklog web` of a test's own: the page, and the calls that it passes on to a server. */
export class Gateway {
  /** Where the page is. */
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(port: number, server: OwnServer) {
    this.url = `http://127.0.0.1:${port}`;
    this.#process = spawn(BINARY, ['web'], {
      env: { ...process.env, ...environmentOfWeb(port, server.api) },
      stdio: 'ignore',
    });
  }

  /** Makes one before the server, that is ready. */
  static async make(server: OwnServer): Promise<Gateway> {
    const [port = 0] = freePorts(1);
    const made = new Gateway(port, server);
    await answers(`${made.url}/readyz`);
    return made;
  }

  /** Ends it. */
  async end(): Promise<void> {
    await ended(this.#process, () => this.#process.kill('SIGTERM'));
  }
}

async function ended(child: ChildProcess | null, end: () => void): Promise<void> {
  if (child?.exitCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  end();
  await over;
}

async function answers(url: string): Promise<void> {
  const end = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
    await new Promise((go) => setTimeout(go, LOOK_AGAIN_MS));
  }
}
