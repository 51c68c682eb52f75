/**
 * What this device's own writes have made of saved filters: one that is done on top of another that is not confirmed yet cannot say on
 * top of which version it is; nor can what takes a change back, where a later one was taken back before.
 */
import type { Filter } from '../api/types';
import type { FilterBack } from './back';
import { UNCONFIRMED, type FilterWrite } from './filterOverlay';
import { recall, store } from './storage';

const KEPT_AS = 'tasklog.filterMade';

/** By name, and by the version that a filter had: the version that has the same state now. */
type Made = Record<string, Record<string, number>>;

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
  store(KEPT_AS, { ...made, [name]: after });
}

/** The version that a write is to be on top of; `undefined` for a filter that is new. */
export function versionFor({ intent, takesBack }: FilterWrite): number | undefined {
  if (intent.do === 'create') return undefined;
  const { name, version } = intent.filter;
  const now = version === UNCONFIRMED || takesBack ? recall<Made>(KEPT_AS, {})[name]?.[version] : undefined;
  return now ?? (version === UNCONFIRMED ? undefined : version);
}
