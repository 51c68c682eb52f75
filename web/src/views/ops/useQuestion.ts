import { useCallback, useState } from 'react';

import type { Question } from './Confirm';

/** Asks something, and does it when the answer is yes. */
export type Ask = (question: Question) => void;

/** What is asked now. The question stays while its dialog goes. */
export function useQuestion(): { question: Question | null; open: boolean; ask: Ask; close: () => void } {
  const [question, setQuestion] = useState<Question | null>(null);
  const [open, setOpen] = useState(false);
  const ask = useCallback((asked: Question) => {
    setQuestion(asked);
    setOpen(true);
  }, []);
  const close = useCallback(() => setOpen(false), []);
  return { question, open, ask, close };
}
