import type { ReactNode } from 'react';

import { ApiProblem } from '../api/problem';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';
import css from './Notice.module.css';

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
  /** What to do next. */
  action?: ReactNode;
  /** There is nothing else on the page: its title is the page's. */
  alone?: boolean;
}

/** In the place of what is not there: why, and what helps. */
export function Empty({ icon, title, children, action, alone = false }: EmptyProps) {
  const Title = alone ? 'h1' : 'h2';
  return (
    <div className={css.notice}>
      <span className={css.icon}>
        <Icon name={icon} size={24} />
      </span>
      <Title>{title}</Title>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** In the place of what could not be read. */
export function Failure({ problem, retry }: { problem: Error; retry: () => void }) {
  const known = problem instanceof ApiProblem ? problem : undefined;
  const rules = known?.errors ?? [];
  return (
    <div className={css.notice} role="alert">
      <h2>{known?.title ?? 'Something went wrong'}</h2>
      {rules.length === 0 ? <p>{known?.detail ?? problem.message}</p> : <Rules rules={rules} />}
      <Button onClick={retry}>Try again</Button>
    </div>
  );
}

function Rules({ rules }: { rules: readonly { field: string; detail: string }[] }) {
  return (
    <ul className={css.rules}>
      {rules.map((rule) => (
        <li key={rule.field}>
          <code>{rule.field}</code> {rule.detail}
        </li>
      ))}
    </ul>
  );
}
