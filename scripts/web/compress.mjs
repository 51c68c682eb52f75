// Puts `x.br` and `x.gz` beside each file x of a folder that gets smaller by it, so that no server compresses anything per request.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(css|html|js|json|mjs|svg|txt|wasm|webmanifest)$/;
/** Below this an answer is one packet anyway. */
const MIN_BYTES = 1024;

const folder = process.argv[2];
for (const path of readdirSync(folder, { recursive: true })) {
  const hidden = path.split('/').some((name) => name.startsWith('.'));
  if (hidden || !TEXT.test(path)) continue;
  const file = join(folder, path);
  const body = readFileSync(file);
  if (body.length < MIN_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  const forms = { br: brotliCompressSync(body, { params }), gz: gzipSync(body, { level: 9 }) };
  for (const [ending, form] of Object.entries(forms)) {
    if (form.length < body.length) writeFileSync(`${file}.${ending}`, form);
  }
}
