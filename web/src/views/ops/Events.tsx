import { useCallback, useMemo, useState } from 'react';

import { Button } from '../../components/Button';
import type { LinkState } from '../../live/link';
import { useLiveStatus } from '../../live/status';
import { EventLine } from './EventLine';
import { useEventLog } from './eventLog';
import { matching, ROWS_MAX } from './eventRows';
import css from './Rows.module.css';
import { Frame, Nothing } from './Section';
import { useHeld } from './useHeld';
import { useOpsSearch } from './useOpsSearch';

/** Rows that are drawn. */
const SHOWN_MAX = 100;

/** The log's events as they come. The list stands still while somebody points at it or is in it. */
export function EventsSection() {
  const [{ stream }, change] = useOpsSearch();
  const all = useEventLog();
  const status = useLiveStatus();
  const [paused, setPaused] = useState(false);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  // A list that goes tells nobody that they have left it.
  const leave = useCallback((list: HTMLUListElement | null) => {
    if (list !== null) return;
    setPointed(false);
    setFocused(false);
  }, []);
  const held = useHeld(all, paused || pointed || focused);
  const rows = useMemo(() => matching(held, stream).slice(0, SHOWN_MAX), [held, stream]);
  const fresh = useMemo(() => matching(newer(all, held), stream).length, [all, held, stream]);
  const tools = (
    <div className={css.seek}>
      <input
        type="search"
        className={css.field}
        aria-label="Events of the stream or type"
        placeholder="Stream or type"
        autoComplete="off"
        spellCheck={false}
        value={stream}
        onChange={({ target }) => change({ stream: target.value }, 'replace')}
      />
      <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
        {paused ? 'Go on' : 'Pause'}
        {fresh > 0 && ` (${fresh === ROWS_MAX ? `${ROWS_MAX} or more` : fresh} new)`}
      </Button>
    </div>
  );
  return (
    <Frame title="Events" hint="The log as it is written, from when this page was opened on." tools={tools}>
      {rows.length === 0 ? (
        <Nothing>{nothingInWords(status, stream)}</Nothing>
      ) : (
        <ul
          ref={leave}
          className={css.rows}
          aria-label="Events, the newest first"
          onPointerEnter={() => setPointed(true)}
          onPointerLeave={() => setPointed(false)}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        >
          {rows.map((row) => (
            <EventLine key={row.id} row={row} />
          ))}
        </ul>
      )}
    </Frame>
  );
}

function nothingInWords(status: LinkState, stream: string): string {
  if (status === 'connecting') return 'The stream of events is being opened…';
  if (status === 'away') return 'The stream of events cannot be read for now; it is tried again.';
  return stream === '' ? 'Nothing has happened since.' : 'Nothing has happened since in such a stream.';
}

/** Those that came since. */
function newer<T>(all: readonly T[], held: readonly T[]): readonly T[] {
  const [first] = held;
  const at = first === undefined ? all.length : all.indexOf(first);
  return at < 0 ? all : all.slice(0, at);
}
