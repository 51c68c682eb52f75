/** What this device keeps for the page, as JSON. A browser may refuse to keep anything: then it lasts as long as the page. */

/** Keeps a value under a name. */
export function store(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Refused, or full.
  }
}

/** Keeps it no longer. */
export function forget(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // Refused.
  }
}

/** What is kept under a name, else `other`. */
export function recall<T>(name: string, other: T): T {
  try {
    const kept = localStorage.getItem(name);
    return kept === null ? other : (JSON.parse(kept) as T);
  } catch {
    return other;
  }
}

/** The names under which something is kept that begin so. */
export function keptNames(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

/** How many characters are kept under a name. */
export function keptLength(name: string): number {
  try {
    return localStorage.getItem(name)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** All that is kept under names that begin so. */
export function recallAll<T>(prefix: string): T[] {
  return keptNames(prefix).flatMap((name) => recall<T | null>(name, null) ?? []);
}
