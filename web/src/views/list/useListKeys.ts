import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { navigate } from 'wouter/use-browser-location';

import { useCommands } from '../../app/keys/commands';
import { openOverlay, type Aspect } from '../../app/overlay';
import { announce } from '../../components/announce';
import { rowsOf } from '../../tasks/cacheRows';
import {
  keptIn,
  movedTo,
  NOTHING,
  rangedTo,
  selection,
  targetsOf,
  toggled,
  useSelection,
  type Selection,
} from '../../tasks/selection';
import { useChange } from '../change/useChange';
import { usePanel } from '../task/usePanel';
import type { ListItem } from './items';
import { pointerHandlers } from './pointer';

export interface ListKeys {
  selection: Selection;
  /** The tasks of the list, in its order. */
  ids: readonly string[];
  /** The line that the cursor is on. */
  line: number | null;
  /** Counts how often the keyboard went to a line. */
  turn: number;
  handlers: ReturnType<typeof pointerHandlers>;
}

/** What keys and pointer do in a list: they move the cursor, select tasks and change them. */
export function useListKeys(items: readonly ListItem[]): ListKeys {
  const ids = useMemo(() => items.flatMap((item) => (item.kind === 'task' ? item.task.id : [])), [items]);
  const current = useSelection();
  const { turn, move, goTo } = useCursor(ids, current);
  useMovement(ids, move, goTo);
  useChanges(ids);
  const cursor = current.cursor?.id;
  const line = useMemo(() => {
    const at = cursor === undefined ? -1 : items.findIndex((item) => item.key === cursor);
    return at < 0 ? null : at;
  }, [items, cursor]);
  const handlers = useMemo(() => pointerHandlers(ids, goTo), [ids, goTo]);
  return { selection: current, ids, line, turn, handlers };
}

/** Keeps the cursor on the list, and the focus on the cursor. */
function useCursor(ids: readonly string[], { cursor, selected }: Selection) {
  const [turn, setTurn] = useState(0);
  const before = useRef<string | null>(null);
  const { id: open } = usePanel();
  const cursorId = cursor?.id ?? null;

  useLayoutEffect(() => selection.change((now) => keptIn(now, ids)), [ids]);
  const begin = useEffectEvent(() => {
    const at = open === null ? -1 : ids.indexOf(open);
    selection.change(() => (at < 0 ? NOTHING : movedTo(NOTHING, ids, at)));
  });
  useLayoutEffect(() => {
    begin();
    return () => selection.change(() => NOTHING);
  }, []);

  const focus = useEffectEvent(() => {
    document.getElementById(`task-${cursorId ?? ''}`)?.focus({ preventScroll: true });
  });
  useEffect(() => {
    if (turn > 0) focus();
  }, [turn]);
  // The task that had the focus has left: the one in its place has it now.
  useEffect(() => {
    if (before.current !== null && document.activeElement === document.body) focus();
    before.current = cursorId;
  }, [cursorId]);
  const count = selected.size;
  const told = useRef(0);
  useEffect(() => {
    if (count !== told.current) announce(count === 1 ? '1 task selected' : `${count} tasks selected`);
    told.current = count;
  }, [count]);

  return useMemo(() => {
    const goTo = (position: number) => {
      selection.change((now) => movedTo(now, ids, position));
      setTurn((turns) => turns + 1);
    };
    /** Before there is a cursor, both ways lead to the first task. */
    const move = (step: number) => {
      const at = selection.get().cursor?.position;
      goTo(at === undefined ? 0 : at + step);
    };
    return { turn, move, goTo };
  }, [ids, turn]);
}

function useMovement(ids: readonly string[], move: (step: number) => void, goTo: (position: number) => void) {
  const panel = usePanel();
  const select = (step: number) => {
    const { cursor } = selection.get();
    if (cursor) selection.change((now) => rangedTo(now, ids, cursor.id));
    move(step);
    const next = selection.get().cursor;
    if (next) selection.change((now) => rangedTo(now, ids, next.id));
  };
  useCommands({
    next: () => move(1),
    previous: () => move(-1),
    first: () => goTo(0),
    last: () => goTo(ids.length - 1),
    open: () => {
      const { cursor } = selection.get();
      if (cursor) navigate(panel.hrefOf(cursor.id));
    },
    leave: () => {
      if (selection.get().selected.size > 0) selection.change((now) => ({ ...now, selected: new Set() }));
      else if (panel.id !== null) panel.close();
    },
    select: () => {
      const { cursor } = selection.get();
      if (cursor) selection.change((now) => toggled(now, cursor.id));
    },
    selectNext: () => select(1),
    selectPrevious: () => select(-1),
    selectAll: () => selection.change((now) => ({ ...now, selected: new Set(ids) })),
  });
}

function useChanges(ids: readonly string[]) {
  const client = useQueryClient();
  const change = useChange();
  const panel = usePanel();
  const targets = () => {
    const isInPanel = document.activeElement?.closest('aside') != null;
    // Who is in the panel means its task, which the list may not even have.
    if (panel.id !== null && isInPanel && selection.get().selected.size === 0) return [panel.id];
    const wanted = new Set(targetsOf(selection.get()));
    // In the order of the list.
    return ids.filter((id) => wanted.has(id));
  };
  const choose = (aspect: Aspect) => {
    const wanted = targets();
    if (wanted.length > 0) openOverlay({ kind: 'change', aspect, ids: wanted });
  };
  useCommands({
    complete: () => {
      const wanted = targets();
      const done = rowsOf(client, wanted).every(({ status }) => status === 'completed');
      change(wanted, { kind: done ? 'reopen' : 'complete' });
    },
    due: () => choose('due'),
    priority: () => choose('priority'),
    tags: () => choose('tags'),
    delete: () => {
      const wanted = targets();
      change(wanted, { kind: 'delete' });
      if (panel.id !== null && wanted.includes(panel.id)) panel.close();
    },
  });
}
