/**
 * What this device's own writes have made of saved filters: one that is done on top of another that is not confirmed yet cannot say on
 * top of which version it is; nor can what takes a change back, where a later one was taken back before.
 */
import { ApiProblem } from '../api/problem';
import type { Filter } from '../api/types';
import type { FilterBack } from './back';
import { UNCONFIRMED, type FilterWrite } from './filterOverlay';
import { recall, store } from './storage';

const KEPT_AS = 'tasklog.filterMade';
/** As many as there are changes that can be taken back. */
const NAMES_MAX = 100;

/** By name, and by the version that a filter had: the version that has the same state now. */
type Made = Record<string, Record<string, number>>;

/** Keeps what is known of a name, as the newest; the oldest of too many goes. */
function keep(made: Made, name: string, held: Record<string, number>): void {
  // In an object names that are numbers come first, however new: so this one is not among those that may go.
  const others = Object.entries(made).filter(([other]) => other !== name);
  store(KEPT_AS, Object.fromEntries([...others.slice(1 - NAMES_MAX), [name, held]]));
}

/** The version that a filter had before what an intent takes back. */
function wasOf(intent: FilterBack): number | undefined {
  return intent.do === 'create' ? intent.was : intent.filter.version - 1;
}

/** A write was answered with a filter. */
export function noteFilter({ intent, takesBack }: FilterWrite, { name, version }: Filter): void {
  const made = recall<Made>(KEPT_AS, {});
  const isNew = intent.do === 'create' && !takesBack;
  const held: Record<string, number> = isNew ? {} : (made[name] ?? {});
  const was = takesBack ? wasOf(intent) : undefined;
  const moved = Object.entries(held).map<[string, number]>(([of, now]) => [of, now === was ? version : now]);
  const after: Record<string, number> = { ...Object.fromEntries(moved), [UNCONFIRMED]: version };
  if (was !== undefined) after[was] = version;
  keep(made, name, after);
}

/** A write was refused: it has made no filter of its name for another to be on top of. One of that name may be somebody else's. */
export function noteRefused({ intent }: FilterWrite): void {
  if (intent.do !== 'create' && intent.do !== 'rename') return;
  const made = recall<Made>(KEPT_AS, {});
  const held = Object.entries(made[intent.name] ?? {}).filter(([of]) => Number(of) !== UNCONFIRMED);
  keep(made, intent.name, Object.fromEntries(held));
}

/**
 * The version that a write is to be on top of; `undefined` for a filter that is new. It fails with an `ApiProblem` where what it is on top
 * of has never come to be: without a version it would be done to whatever has that name.
 */
export function versionFor({ intent, takesBack }: FilterWrite): number | undefined {
  if (intent.do === 'create') return undefined;
  const { name, version } = intent.filter;
  if (version !== UNCONFIRMED && !takesBack) return version;
  const now = recall<Made>(KEPT_AS, {})[name]?.[version];
  if (now === undefined && version === UNCONFIRMED) throw new ApiProblem(NEVER_MADE);
  return now ?? version;
}

const NEVER_MADE = {
  type: 'about:blank',
  title: 'What was done to this filter before was refused.',
  status: 412,
};
