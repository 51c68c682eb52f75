// Writes the types of what events say: `node scripts/write-event-types.mjs FILE`. Their schemas are no OpenAPI document, which is what
// openapi-typescript reads; so they are put into one, each under its type, with what they share beside them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import openapiTS, { astToString } from 'openapi-typescript';

const FOLDER = '../schemas/events';
const ENDING = '.schema.json';

const HEADER = `/**
 * The data of events by their types, and what these are made of. It is written by \`npm run events\`, with openapi-typescript, from
 * schemas/events/*.schema.json: do not change it by hand.
 */

`;

/** What `$ref`s name, where it is in the document. */
function placed(value) {
  if (Array.isArray(value)) return value.map(placed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === '$ref' ? member.replace('#/$defs/', '#/components/schemas/') : placed(member),
  ]);
  return Object.fromEntries(members);
}

const schemas = {};

/** Each name stands for one thing, whichever schema has it. */
function add(name, schema) {
  const known = schemas[name];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
    throw new Error(`The schemas of events say different things of ${name}`);
  schemas[name] = schema;
}

const [, , out] = process.argv;
if (out === undefined) throw new Error('Name the file to be written');
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .sort();
for (const file of files) {
  const { $defs = {}, ...schema } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  // What a file says of itself: in the document it is no file.
  for (const name of ['$id', '$schema']) delete schema[name];
  add(file.slice(0, -ENDING.length), placed(schema));
  for (const [name, definition] of Object.entries($defs)) add(name, placed(definition));
}
const document = {
  openapi: '3.1.0',
  info: { title: 'Events', version: '1' },
  paths: {},
  components: { schemas },
};
const types = await openapiTS(JSON.stringify(document), { emptyObjectsUnknown: true, silent: true });
writeFileSync(out, HEADER + astToString(types));
