/**
 * One connection to the live stream for all windows of a browser: the one that holds the lock reads it and tells the others. When it
 * goes, the next one goes on where it was. Where there are no locks, on a page without TLS, each window has its own.
 */
import { ApiProblem } from '../api/problem';
import { readStream, type StreamEvent } from '../api/stream';
import { pauseMs } from './backoff';
import { firstPlace } from './place';

/** How it stands with the stream. `away`: the server, or the one behind the gateway, does not answer, or this device is offline. */
export type LinkState = 'connecting' | 'open' | 'away';

/** What a window is told. */
type Told =
  | { kind: 'events'; events: StreamEvent[] }
  | { kind: 'state'; state: LinkState }
  /** The stream began now, and what was before is not known: everything is to be read again. The log may be another one. */
  | { kind: 'lost'; otherLog: boolean }
  /** A window that somebody looks at now asks how it stands. */
  | { kind: 'hello' };

const NAME = 'tasklog-live';

export interface LinkListener {
  events: (events: StreamEvent[]) => void;
  state: (state: LinkState) => void;
  /** Where the stream will begin is known now. */
  placed: () => void;
  lost: (otherLog: boolean) => void;
}

export class Link {
  #place: string | null = null;
  #state: LinkState = 'connecting';
  #leads = false;
  #joined = false;
  #otherLog = false;
  readonly #listener: LinkListener;
  readonly #ended = new AbortController();
  readonly #channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : null;
  /** Ends a pause, or a connection that is to be made anew. */
  #wake: () => void = () => undefined;

  constructor(listener: LinkListener) {
    this.#listener = listener;
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Told>) => this.#hear(data));
  }

  /** This window reads the stream, for itself and for the others. */
  get leads(): boolean {
    return this.#leads;
  }

  /** Takes part until `end`. */
  start(): void {
    const { signal } = this.#ended;
    for (const event of ['online', 'offline'] as const) {
      globalThis.addEventListener(event, () => this.#wake(), { signal });
    }
    const hello = () => document.visibilityState === 'visible' && this.#post({ kind: 'hello' });
    document.addEventListener('visibilitychange', hello, { signal });
    hello();
    const locks = this.#channel && (navigator.locks as LockManager | undefined);
    const led = locks ? locks.request(NAME, { signal }, () => this.#lead()) : this.#lead();
    // It ends with the page.
    led.catch(() => undefined);
  }

  end(): void {
    this.#ended.abort();
    this.#wake();
    this.#channel?.close();
  }

  #tell(told: Told): void {
    this.#post(told);
    this.#hear(told);
  }

  #post(told: Told): void {
    if (!this.#ended.signal.aborted) this.#channel?.postMessage(told);
  }

  #hear(told: Told): void {
    switch (told.kind) {
      case 'events':
        this.#place = told.events.findLast(({ id }) => id !== '')?.id ?? this.#place;
        this.#listener.events(told.events);
        break;
      case 'state':
        this.#state = told.state;
        this.#listener.state(told.state);
        if (told.state === 'open') this.#join();
        break;
      case 'lost':
        this.#listener.lost(told.otherLog);
        break;
      case 'hello':
        if (!this.#leads) break;
        this.#post({ kind: 'state', state: this.#state });
        // Browsers make the pauses of a window that is hidden longer than they were meant.
        if (this.#state === 'away') this.#wake();
    }
  }

  /** What the window that reads the stream told before this one listened may be in no list here: they are read again, once. */
  #join(): void {
    if (this.#leads || this.#joined) return;
    this.#joined = true;
    this.#listener.lost(false);
  }

  async #lead(): Promise<void> {
    this.#leads = true;
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted;) {
      const opened = await this.#connect();
      failures = opened ? 0 : failures + 1;
      await this.#pause(pauseMs(failures, Math.random()));
    }
  }

  /** Reads the stream until it ends; says whether it was there at all. */
  async #connect(): Promise<boolean> {
    const attempt = new AbortController();
    this.#wake = () => attempt.abort();
    this.#ended.signal.addEventListener('abort', this.#wake, { signal: attempt.signal });
    let opened = false;
    try {
      if (this.#place === null) {
        this.#place = await firstPlace();
        this.#listener.placed();
      }
      await readStream(this.#place, attempt, {
        opened: () => {
          opened = true;
          this.#tell({ kind: 'state', state: 'open' });
          if (this.#place === '') this.#tell({ kind: 'lost', otherLog: this.#otherLog });
          this.#otherLog = false;
        },
        took: (events) => this.#tell({ kind: 'events', events }),
      });
    } catch (error) {
      // It is the place in another log.
      if (error instanceof ApiProblem && error.status === 400) {
        this.#place = '';
        this.#otherLog = true;
      }
      // A stream that breaks is made anew at once; that the server is away shows when this fails.
      const away = error instanceof ApiProblem && error.isUnreached && !opened;
      if (away) this.#tell({ kind: 'state', state: 'away' });
    }
    attempt.abort();
    if (!navigator.onLine) this.#tell({ kind: 'state', state: 'away' });
    return opened;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((go) => {
      const timer = setTimeout(go, ms);
      this.#wake = () => {
        clearTimeout(timer);
        go();
      };
      if (this.#ended.signal.aborted) this.#wake();
    });
  }
}
