import { createContext, Suspense, useContext, useMemo, useState, type ReactNode } from 'react';

import { part } from '../components/part';

const QuickAdd = part(() => import('../views/add/QuickAdd'));

interface QuickAddControl {
  /** Opens the dialog; `words` stand behind what is typed, as ` #home` in the list of that tag. */
  open: (words?: string) => void;
}

const Context = createContext<QuickAddControl>({ open: () => undefined });

/** Quick add, from anywhere. */
export function useQuickAdd(): QuickAddControl {
  return useContext(Context);
}

export function QuickAddProvider({ children }: { children: ReactNode }) {
  const [words, setWords] = useState<string | null>(null);
  const [used, setUsed] = useState(false);
  const control = useMemo<QuickAddControl>(
    () => ({
      open: (given = '') => {
        setUsed(true);
        setWords(given);
      },
    }),
    [],
  );
  return (
    <Context value={control}>
      {children}
      {used && (
        <Suspense>
          <QuickAdd words={words} onClose={() => setWords(null)} />
        </Suspense>
      )}
    </Context>
  );
}
