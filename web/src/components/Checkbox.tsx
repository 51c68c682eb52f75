import type { Priority } from '../api/types';
import css from './Checkbox.module.css';
import { Icon } from './Icon';

interface CheckboxProps {
  checked: boolean;
  /** What checking means, with the name of the thing. */
  label: string;
  /** Its ring is in the colour of this. */
  priority?: Priority;
  /** As of the button. */
  tabIndex?: number;
  onChange: (checked: boolean) => void;
}

/** A round box that completes something. Its target is larger than it looks. */
export function Checkbox({ checked, label, priority = 'none', tabIndex, onChange }: CheckboxProps) {
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={checked}
      aria-label={label}
      className={css.target}
      data-priority={priority}
      tabIndex={tabIndex}
      onClick={() => onChange(!checked)}
    >
      <span className={css.ring}>
        <Icon name="check" size={12} />
      </span>
    </button>
  );
}
