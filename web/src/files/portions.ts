/** JSON Lines, cut at their line ends into what one request takes. */

/** A line without its end. */
export interface Line {
  /** Its number in the file, from 1. */
  number: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Portion {
  lines: Line[];
  /** Numbers of lines that are too long to be sent. */
  tooLong: number[];
}

/** The server takes 1 MiB. */
const BYTES_MAX = 1024 * 1024;
const LINES_MAX = 500;
const NEWLINE = 10;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const none = (): Portion => ({ lines: [], tooLong: [] });

/** Lines that can be sent together, in their order. */
export function inPortions(lines: readonly Line[]): Line[][] {
  const portions: Line[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = line.bytes.length + 1;
    const last = portions.at(-1);
    if (last && last.length < LINES_MAX && bytes + size <= BYTES_MAX) {
      last.push(line);
      bytes += size;
    } else {
      portions.push([line]);
      bytes = size;
    }
  }
  return portions;
}

/** Takes a file piece by piece and gives it back in portions; holds no more than one of them. */
export class Cutter {
  #portion = none();
  #bytes = 0;
  #number = 1;
  /** Of the line that has no end yet. */
  #begun: Uint8Array<ArrayBuffer>[] = [];
  #begunBytes = 0;

  /** The portions that are full with this piece. */
  push(piece: Uint8Array<ArrayBuffer>): Portion[] {
    const full: Portion[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      this.#begin(piece.subarray(from, end));
      full.push(...this.#endLine());
      from = end + 1;
    }
    this.#begin(piece.subarray(from));
    return full;
  }

  /** What is left at the end of the file. */
  end(): Portion[] {
    return [...this.#endLine(), this.#portion];
  }

  #begin(part: Uint8Array<ArrayBuffer>): void {
    this.#begunBytes += part.length;
    if (this.#begunBytes < BYTES_MAX) this.#begun.push(part);
    // Of what is too long nothing is kept.
    else this.#begun = [];
  }

  #endLine(): Portion[] {
    const number = this.#number;
    const size = this.#begunBytes + 1;
    const bytes = size > BYTES_MAX ? null : joined(this.#begun, number === 1);
    this.#number += 1;
    this.#begun = [];
    this.#begunBytes = 0;
    if (bytes === null) this.#portion.tooLong.push(number);
    if (bytes === null || isBlank(bytes)) return [];
    const full: Portion[] = [];
    if (this.#portion.lines.length === LINES_MAX || this.#bytes + size > BYTES_MAX) {
      full.push(this.#portion);
      this.#portion = none();
      this.#bytes = 0;
    }
    this.#portion.lines.push({ number, bytes });
    this.#bytes += size;
    return full;
  }
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[], isFirst: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const isMarked = isFirst && BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte);
  return isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 32 || (byte > 8 && byte < 14));
