import { ApiProblem } from '../api/problem';
import type { TaskPatch } from '../api/types';
import { asMadeStill, meetConflict, patchOf } from './conflicts';
import type { TaskIntent, TaskOutcome, TaskWrite } from './intent';
import { send } from './send';
import { noteMade, onTopOfOwn } from './versions';

/** So often others may be faster. */
const TRIES_MAX = 5;

/**
 * Sends a write on top of what this device itself has made, and where others were faster and changed other fields, on top of what they
 * made: under a key that hangs on their version, since it is another request. Nothing that waits behind it is sent in between. It fails
 * with an `ApiProblem`; with a 412, where the person is asked.
 */
export async function deliver({ key, intent }: TaskWrite): Promise<TaskOutcome> {
  let sent = { key, intent: onTopOfOwn(intent) };
  for (let tries = 1; ; tries += 1) {
    try {
      return made(sent.intent, await send(sent));
    } catch (problem) {
      const again = tries < TRIES_MAX ? await onTopOfOthers(problem, intent, sent.intent) : null;
      if (again === null) throw problem;
      sent = { key: `${key}-${again.version}`, intent: again };
    }
  }
}

function made(sent: TaskIntent, outcome: TaskOutcome): TaskOutcome {
  const on = 'version' in sent ? sent.version : undefined;
  const { id, version } = outcome;
  if (on !== undefined && version !== undefined) noteMade([{ id, from: on, to: version }]);
  return { ...outcome, on };
}

/** What was refused because of another version, on top of that one; `null` where it may not be. */
async function onTopOfOthers(
  problem: unknown,
  wanted: TaskIntent,
  sent: TaskIntent,
): Promise<(TaskIntent & { version: number }) | null> {
  if (!(problem instanceof ApiProblem) || problem.status !== 412) return null;
  if (wanted.kind === 'undo') return givingBack(wanted, wanted.inverse);
  // By its values. What this person has changed since counts as what others have: the newest stays.
  if (wanted.kind === 'update' && wanted.takesBack !== undefined) return givingBack(wanted, wanted.patch);
  const patch = patchOf(wanted);
  if (patch === null || !('id' in wanted) || wanted.version === undefined) return null;
  if (!('id' in sent) || sent.version === undefined) return null;
  const { id, version: seen } = wanted;
  const occurrences = wanted.kind === 'update' ? wanted.occurrences : undefined;
  const theirs = await meetConflict(problem, { id, seen, refused: sent.version, patch }, occurrences);
  return theirs && { ...wanted, version: theirs.version };
}

type Back = Extract<TaskIntent, { kind: 'undo' | 'update' }>;

/** What gives a task back what it had before a change, where nobody has changed the same since; `null` where somebody has. */
async function givingBack({ id, version, takesBack }: Back, inverse: TaskPatch | undefined) {
  if (version === undefined || inverse === undefined) return null;
  const now = await asMadeStill(id, version, inverse);
  if (now === null) return null;
  return {
    kind: 'update' as const,
    id,
    patch: inverse,
    version: now.version,
    ...(takesBack !== undefined && { takesBack }),
  };
}
