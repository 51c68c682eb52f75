import { Toast } from '@base-ui/react/toast';

/** What a toast says. */
export interface Notice {
  title: string;
  description?: string | undefined;
  /** A problem stays for longer and is read out at once. */
  tone?: 'done' | 'problem';
  /** What can be done about it, such as to take it back. */
  action?: { label: string; run: () => void };
}

/** How long a toast stays; somebody who points at it or is in it by the keyboard stops the time. */
const DONE_MS = 7_000;
const PROBLEM_MS = 15_000;

export const toastManager = Toast.createToastManager();

/** Shows a toast, and returns how to take it away. It may be called from anywhere. */
export function notify({ title, description, tone = 'done', action }: Notice): () => void {
  const id = toastManager.add({
    title,
    description,
    type: tone,
    timeout: tone === 'problem' ? PROBLEM_MS : DONE_MS,
    priority: tone === 'problem' ? 'high' : 'low',
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          toastManager.close(id);
          action.run();
        },
      },
    }),
  });
  return () => toastManager.close(id);
}
