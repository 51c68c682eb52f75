import { Combobox } from '@base-ui/react/combobox';
import type { ReactElement, ReactNode } from 'react';

import { Icon } from './Icon';
import css from './Popup.module.css';

interface PickerProps {
  /** What opens it: a button. */
  trigger: ReactElement<Record<string, unknown>>;
  label: ReactNode;
  /** What is picked, such as `Tags`. */
  name: string;
  items: readonly string[];
  chosen: string[];
  onChange: (chosen: string[]) => void;
  /** What stands at the end of an item's line. */
  noteOf?: (item: string) => ReactNode;
  defaultOpen?: boolean;
}

/** A button with a list below in which one types to find, and picks any number. */
export function Picker({
  trigger,
  label,
  name,
  items,
  chosen,
  onChange,
  noteOf,
  defaultOpen = false,
}: PickerProps) {
  return (
    <Combobox.Root defaultOpen={defaultOpen} items={items} multiple value={chosen} onValueChange={onChange}>
      {/* What is chosen is its value, not its name. */}
      <Combobox.Trigger render={trigger} aria-label={name}>
        {label}
      </Combobox.Trigger>
      <Combobox.Portal>
        <Combobox.Positioner className={css.positioner} sideOffset={4} align="start">
          <Combobox.Popup className={css.popup} aria-label={name}>
            <Combobox.Input className={css.input} placeholder="Type to find" aria-label={`Find in ${name}`} />
            <Combobox.Empty className={css.empty}>Nothing found</Combobox.Empty>
            <Combobox.List aria-label={name}>
              {(item: string) => (
                <Combobox.Item key={item} value={item} className={css.item}>
                  <span className={css.tick}>
                    <Combobox.ItemIndicator>
                      <Icon name="check" />
                    </Combobox.ItemIndicator>
                  </span>
                  {item}
                  {noteOf && <span className={css.count}>{noteOf(item)}</span>}
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
