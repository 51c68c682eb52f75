import { useRef, type ComponentPropsWithRef } from 'react';

import type { Part } from '../../api/types';
import { stretchesOf } from '../../tasks/understood';
import css from './QuickField.module.css';

type QuickFieldProps = ComponentPropsWithRef<'input'> & { value: string; understood: readonly Part[] };

/** A field that marks what is understood of its text: the marks are a layer of the same text behind it, which nobody reads out. */
export function QuickField({ value, understood, ...field }: QuickFieldProps) {
  const marks = useRef<HTMLDivElement>(null);
  return (
    <div className={css.frame}>
      <div ref={marks} className={css.marks} aria-hidden="true">
        {stretchesOf(value, understood).map(({ text, kind }, at) =>
          kind === null ? <span key={at}>{text}</span> : <mark key={at}>{text}</mark>,
        )}
      </div>
      <input
        {...field}
        className={css.field}
        value={value}
        // A long line moves in its field, and the marks with it.
        onScroll={({ currentTarget }) => {
          if (marks.current) marks.current.scrollLeft = currentTarget.scrollLeft;
        }}
      />
    </div>
  );
}
