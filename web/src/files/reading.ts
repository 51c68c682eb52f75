/** A file on its way in: decompressed where needed, with how much of it has been read. */
import { START_BYTES } from './kinds';

type Bytes = Uint8Array<ArrayBuffer>;

/** What a gzip file begins with. */
const GZIP = [0x1f, 0x8b];

async function isCompressed(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer());
  return GZIP.every((byte, at) => start[at] === byte);
}

/** The bytes of a file, decompressed; `onRead` is told how many of the file's own have been read. */
export async function bytesOf(file: Blob, onRead: (bytes: number) => void): Promise<ReadableStream<Bytes>> {
  let read = 0;
  const counting = new TransformStream<Bytes, Bytes>({
    transform(chunk, controller) {
      read += chunk.length;
      onRead(read);
      controller.enqueue(chunk);
    },
  });
  const counted = file.stream().pipeThrough(counting);
  if (!(await isCompressed(file))) return counted;
  return counted.pipeThrough(new DecompressionStream('gzip'));
}

/** The pieces of a stream, one after the other. */
export async function* piecesOf(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever has seen enough reads no further.
    void reader.cancel().catch(() => undefined);
  }
}

/** How a file begins, as text. */
export async function startOf(file: Blob): Promise<string> {
  const decoder = new TextDecoder();
  let start = '';
  for await (const piece of piecesOf(await bytesOf(file, () => undefined))) {
    start += decoder.decode(piece, { stream: true });
    if (start.length >= START_BYTES) break;
  }
  return start.slice(0, START_BYTES);
}

/** All of a file, unless it has more bytes than that: `null` then. */
export async function wholeOf(stream: ReadableStream<Bytes>, bytesMax: number): Promise<Blob | null> {
  const pieces: Bytes[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(stream)) {
    bytes += piece.length;
    if (bytes > bytesMax) return null;
    pieces.push(piece);
  }
  return new Blob(pieces);
}
