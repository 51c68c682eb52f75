// Generates the types of the API again, beside the committed ones, and compares: they must follow schemas/openapi.json.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tasklog-api-'));
try {
  const fresh = join(folder, 'schema.ts');
  const arguments_ = [
    'openapi-typescript',
    '../schemas/openapi.json',
    '--empty-objects-unknown',
    '--output',
    fresh,
  ];
  execFileSync('npx', ['--no-install', ...arguments_], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (readFileSync(fresh, 'utf8') !== readFileSync('src/api/schema.ts', 'utf8')) {
    console.error(
      'src/api/schema.ts does not follow schemas/openapi.json: run `npm run api` and commit what it writes',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
