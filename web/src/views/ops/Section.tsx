import type { UseQueryResult } from '@tanstack/react-query';
import { useId, type ReactNode } from 'react';

import { Button } from '../../components/Button';
import css from './Section.module.css';
import { clockInWords } from './words';

interface SectionProps<T> {
  title: string;
  /** One line on what it is. */
  hint: string;
  read: UseQueryResult<T>;
  /** What narrows it down, beside its name. */
  tools?: ReactNode;
  children: (data: T) => ReactNode;
}

/** A part of the page with what it reads. Where that fails, it says so, and shows what it knew; the other parts go on. */
export function Section<T>({ title, hint, read, tools, children }: SectionProps<T>) {
  const { data, error } = read;
  return (
    <Frame title={title} hint={hint} tools={tools}>
      {error && (
        <div className={css.problem} role="status">
          <p>
            <strong>{error.title}</strong> {error.detail}
            {data !== undefined && ` What you see is of ${timeOf(read.dataUpdatedAt)}.`}
          </p>
          <Button onClick={() => void read.refetch()}>Try again</Button>
        </div>
      )}
      {data !== undefined ? children(data) : !error && <p className={css.reading}>Reading…</p>}
    </Frame>
  );
}

const timeOf = (at: number) => clockInWords(new Date(at).toISOString());

interface FrameProps {
  title: string;
  hint: string;
  tools?: ReactNode;
  children: ReactNode;
}

/** What every part looks like. */
export function Frame({ title, hint, tools, children }: FrameProps) {
  const id = useId();
  return (
    <section className={css.section} aria-labelledby={id}>
      <header className={css.header}>
        <div>
          <h2 id={id}>{title}</h2>
          <p>{hint}</p>
        </div>
        {tools}
      </header>
      {children}
    </section>
  );
}

/** Instead of rows. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={css.nothing}>{children}</p>;
}
