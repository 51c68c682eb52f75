/** Menus of the page: Base UI's, in its clothes. */
import { Menu } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';

import { Icon } from './Icon';
import css from './Popup.module.css';

interface MenuProps {
  /** What opens it: a button. */
  trigger: ReactElement<Record<string, unknown>>;
  /** What is on the button. */
  label: ReactNode;
  defaultOpen?: boolean;
  /** Whose part of the page it is; without it, it stands beside the page. */
  within?: HTMLElement | null;
  children: ReactNode;
}

/** A button with a menu below. */
export function ButtonMenu({ trigger, label, defaultOpen = false, within = null, children }: MenuProps) {
  return (
    <Menu.Root defaultOpen={defaultOpen}>
      <Menu.Trigger render={trigger}>{label}</Menu.Trigger>
      <Menu.Portal container={within ?? undefined}>
        <Menu.Positioner className={css.positioner} sideOffset={4} align="start">
          <Menu.Popup className={css.popup}>{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export interface Choice<T extends string> {
  value: T;
  label: ReactNode;
}

interface ManyProps<T extends string> {
  choices: readonly Choice<T>[];
  chosen: readonly T[];
  onChange: (chosen: T[]) => void;
}

/** Items of which several can be chosen; the menu stays open. */
export function ChooseMany<T extends string>({ choices, chosen, onChange }: ManyProps<T>) {
  return choices.map(({ value, label }) => (
    <Menu.CheckboxItem
      key={value}
      className={css.item}
      checked={chosen.includes(value)}
      onCheckedChange={(checked) =>
        onChange(
          choices
            .map((choice) => choice.value)
            .filter((one) => (one === value ? checked : chosen.includes(one))),
        )
      }
    >
      <span className={css.tick}>
        <Menu.CheckboxItemIndicator>
          <Icon name="check" />
        </Menu.CheckboxItemIndicator>
      </span>
      {label}
    </Menu.CheckboxItem>
  ));
}

interface OneProps<T extends string> {
  choices: readonly Choice<T>[];
  chosen: T;
  onChange: (chosen: T) => void;
}

/** Items of which one is chosen. */
export function ChooseOne<T extends string>({ choices, chosen, onChange }: OneProps<T>) {
  return (
    <Menu.RadioGroup value={chosen} onValueChange={(value) => onChange(value as T)}>
      {choices.map(({ value, label }) => (
        <Menu.RadioItem key={value} value={value} closeOnClick className={css.item}>
          <span className={css.tick}>
            <Menu.RadioItemIndicator>
              <Icon name="check" />
            </Menu.RadioItemIndicator>
          </span>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

/** An item that does something. */
export function MenuItem({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Menu.Item className={css.item} onClick={onClick}>
      <span className={css.tick} />
      {children}
    </Menu.Item>
  );
}

export function MenuSeparator() {
  return <Menu.Separator className={css.separator} />;
}
