// Adds up the JavaScript of the first view as it is sent (gzip), and fails over 130 kB: the entry of the build and what it
// imports at once. What is loaded later is listed below it.
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const LIMIT_BYTES = 130_000;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));

const first = new Set();
const visit = (key) => {
  if (first.has(manifest[key].file)) return;
  first.add(manifest[key].file);
  (manifest[key].imports ?? []).forEach(visit);
};
visit('index.html');

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

const total = report('first view', first);
const scripts = readdirSync('dist/assets').filter((name) => name.endsWith('.js'));
report(
  'loaded when needed',
  scripts.map((name) => `assets/${name}`).filter((file) => !first.has(file)),
);
console.log(`${kilobytes(total)} gzip in the first view, limit ${kilobytes(LIMIT_BYTES).trim()}`);
process.exitCode = total > LIMIT_BYTES ? 1 : 0;
