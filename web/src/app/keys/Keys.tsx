import css from './Keys.module.css';
import { bindingOf, keysInWords, type Command } from './table';

const MAC = 'navigator' in globalThis && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Keys, as they are on the keyboard. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={css.keys}>
      {keysInWords(keys, MAC).map((key, at) => (
        <kbd key={at}>{key}</kbd>
      ))}
    </span>
  );
}

/** The first keys of a command, beside something that does the same; they are not read out. */
export function KeysOf({ command }: { command: Command }) {
  return (
    <span aria-hidden="true" className={css.beside}>
      <Keys keys={bindingOf(command).keys[0] ?? ''} />
    </span>
  );
}
