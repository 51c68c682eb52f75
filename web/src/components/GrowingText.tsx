import type { ComponentProps } from 'react';

import css from './GrowingText.module.css';

interface GrowingTextProps extends Omit<ComponentProps<'textarea'>, 'value'> {
  value: string;
}

/** A field of text that is as high as what is in it. */
export function GrowingText({ value, className, ...rest }: GrowingTextProps) {
  return (
    <div className={`${css.grow} ${className ?? ''}`} data-text={value}>
      <textarea rows={1} value={value} {...rest} />
    </div>
  );
}
