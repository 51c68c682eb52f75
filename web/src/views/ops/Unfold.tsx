import { useState, type ReactNode } from 'react';

import css from './Rows.module.css';

interface UnfoldProps {
  /** Its one line. */
  line: ReactNode;
  /** What stands beside it, and can be used without unfolding it. */
  tools?: ReactNode;
  /** What is within: made when somebody looks. */
  children: () => ReactNode;
}

/** A row that says more when it is unfolded. */
export function Unfold({ line, tools, children }: UnfoldProps) {
  const [open, setOpen] = useState(false);
  return (
    <li className={css.row}>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{line}</summary>
        {open && <div className={css.within}>{children()}</div>}
      </details>
      {tools && <div className={css.tools}>{tools}</div>}
    </li>
  );
}
