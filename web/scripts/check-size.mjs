// Adds up the JavaScript of the first view as it is sent (gzip), and fails over 130 kB: the entry of the build, what it loads as soon as
// it runs, and what these import at once. The entry, which asks for the first list meanwhile, may have 5 kB of it. What is loaded later
// is listed below.
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const LIMIT_BYTES = 130_000;
const ENTRY_LIMIT_BYTES = 5_000;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));

/** The file of a key of the manifest and those that it imports at once. */
const withImports = (key, found = new Set()) => {
  if (found.has(manifest[key].file)) return found;
  found.add(manifest[key].file);
  for (const other of manifest[key].imports ?? []) withImports(other, found);
  return found;
};
const entry = withImports('index.html');
const first = new Set([...entry, ...withImports('src/app/start.tsx')]);

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const measure = (file) => {
  const bytes = readFileSync(`dist/${file}`);
  return { gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
};
const report = (title, files) => {
  console.log(title);
  let total = 0;
  for (const file of files) {
    const { gzip, brotli } = measure(file);
    total += gzip;
    console.log(`${kilobytes(gzip)} gzip ${kilobytes(brotli)} brotli  ${file}`);
  }
  return total;
};

const entryTotal = report('what runs first', entry);
const total = report('first view, with that', first);
const scripts = readdirSync('dist/assets').filter((name) => name.endsWith('.js'));
report(
  'loaded when needed',
  scripts.map((name) => `assets/${name}`).filter((file) => !first.has(file)),
);
console.log(`${kilobytes(entryTotal)} gzip in what runs first, limit ${kilobytes(ENTRY_LIMIT_BYTES).trim()}`);
console.log(`${kilobytes(total)} gzip in the first view, limit ${kilobytes(LIMIT_BYTES).trim()}`);
process.exitCode = total > LIMIT_BYTES || entryTotal > ENTRY_LIMIT_BYTES ? 1 : 0;
