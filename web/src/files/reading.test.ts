import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { bytesOf, startOf, wholeOf } from './reading';

const TEXT = 'some line\n'.repeat(2_000);
const FILES: [string, Blob][] = [
  ['plain', new Blob([TEXT])],
  ['compressed', new Blob([gzipSync(TEXT)])],
];

for (const [name, file] of FILES) {
  test(`given a ${name} file when read then it is whole, and how far it is was told`, async () => {
    let read = 0;
    const whole = await wholeOf(await bytesOf(file, (bytes) => (read = bytes)), TEXT.length);
    expect(await whole?.text()).toBe(TEXT);
    expect(read).toBe(file.size);
  });

  test(`given a ${name} file when its start is looked at then it is that of its text`, async () => {
    expect(await startOf(file)).toBe(TEXT.slice(0, 4096));
  });

  test(`given a ${name} file that is larger than allowed when read then there is none`, async () => {
    expect(await wholeOf(await bytesOf(file, () => undefined), TEXT.length - 1)).toBeNull();
  });
}
