import { useEffect, useEffectEvent } from 'react';

/** Keys that are typed into one of these are text. */
const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('input, textarea, select, [role="textbox"], [role="menu"] *, [role="dialog"] *'));

/** Does something on a key that is pressed by itself, unless somebody is typing or in a dialog. */
export function useShortcut(key: string, act: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const withOthers = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== key || withOthers || event.defaultPrevented || takesText(event.target)) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
