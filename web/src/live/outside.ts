/** Notifications of the browser, for who looks at something else. */
import type { Rung } from './reminders';

/** Whether the browser lets the page tell of something outside of it; `ask`: the person was not asked yet. */
export function outsideAllowed(): 'yes' | 'no' | 'ask' {
  // Without TLS there are none.
  if (!('Notification' in globalThis)) return 'no';
  return { granted: 'yes', denied: 'no', default: 'ask' }[Notification.permission] as 'yes' | 'no' | 'ask';
}

/** Asks the person. */
export async function askOutside(): Promise<void> {
  await Notification.requestPermission();
}

/** Tells of a reminder. A press on it leads to the page, where it can be answered. */
export function tellOutside({ id, task, others }: Rung): void {
  if (outsideAllowed() !== 'yes' || document.hasFocus()) return;
  const body = others === 0 ? 'Reminder' : `Reminder, and ${others} more`;
  try {
    const shown = new Notification(task.title, { body, tag: id });
    shown.addEventListener('click', () => {
      globalThis.focus();
      shown.close();
    });
  } catch {
    // Browsers of phones take them from service workers only.
  }
}
