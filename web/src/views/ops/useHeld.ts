import { useState } from 'react';

/** What was there when it began to be held, for as long as it is; else what is there. */
export function useHeld<T>(value: T, hold: boolean): T {
  const [kept, setKept] = useState(value);
  if (!hold && kept !== value) setKept(value);
  return hold ? kept : value;
}
