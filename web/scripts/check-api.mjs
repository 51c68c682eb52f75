// Generates the types of the API and of events again, beside the committed ones, and compares: they must follow schemas/.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const api = ['openapi-typescript', '../schemas/openapi.json', '--empty-objects-unknown', '--output'];
/** Each file with what it follows, the script of package.json that writes it, and what that runs but for the file. */
const GENERATED = [
  ['src/api/schema.ts', 'schemas/openapi.json', 'api', ['npx', '--no-install', ...api]],
  ['src/live/schema.ts', 'schemas/events', 'events', ['node', 'scripts/write-event-types.mjs']],
];

const folder = mkdtempSync(join(tmpdir(), 'tasklog-api-'));
try {
  for (const [file, source, script, [program, ...given]] of GENERATED) {
    const fresh = join(folder, `${script}.ts`);
    execFileSync(program, [...given, fresh], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (readFileSync(fresh, 'utf8') === readFileSync(file, 'utf8')) continue;
    console.error(`${file} does not follow ${source}: run \`npm run ${script}\` and commit what it writes`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
