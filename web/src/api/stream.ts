/** `GET /events`: server-sent events. They are read by `fetch`, since an `EventSource` cannot say where it begins. */
import { ApiProblem } from './problem';

/** One event of the stream. */
export interface StreamEvent {
  /** The place after it: who begins there misses nothing and gets nothing twice. */
  id: string;
  /** `task.created`, `reminder.triggered`; `message` where only the place is told. */
  name: string;
  /** JSON. */
  data: string;
}

/** Takes a stream apart, piece by piece as it comes. */
export class EventParser {
  #unread = '';

  /** The events that are whole with this piece. */
  take(piece: string): StreamEvent[] {
    const blocks = (this.#unread + piece).split('\n\n');
    this.#unread = blocks.pop() ?? '';
    return blocks.flatMap((block) => eventOf(block) ?? []);
  }
}

/** The event of a block of lines; none for a comment, the sign of life. */
function eventOf(block: string): StreamEvent | null {
  const event: StreamEvent = { id: '', name: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') event.id = value;
    else if (field === 'event') event.name = value;
    else if (field === 'data') data.push(value);
  }
  if (event.id === '' && data.length === 0) return null;
  return { ...event, data: data.join('\n') };
}

/** The server gives a sign of life every 15 seconds; one that was silent for this long is gone. */
const SILENCE_MAX_MS = 40_000;

/** What a reader of the stream is told. */
interface Reader {
  opened: () => void;
  took: (events: StreamEvent[]) => void;
}

/** Reads the stream after `place`, or from now on, until it ends. It fails with an `ApiProblem` where it breaks, or is aborted. */
export async function readStream(place: string, attempt: AbortController, reader: Reader): Promise<void> {
  const abort = () => attempt.abort();
  let timer = setTimeout(abort, SILENCE_MAX_MS);
  try {
    const response = await fetch('/events', {
      headers: { Accept: 'text/event-stream', ...(place !== '' && { 'Last-Event-ID': place }) },
      cache: 'no-store',
      signal: attempt.signal,
    });
    if (!response.ok || !response.body) throw await ApiProblem.of(response);
    reader.opened();
    const parser = new EventParser();
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_MAX_MS);
      const events = parser.take(value);
      if (events.length > 0) reader.took(events);
    }
  } catch (error) {
    throw error instanceof ApiProblem ? error : ApiProblem.unreachable(error);
  } finally {
    clearTimeout(timer);
  }
}
