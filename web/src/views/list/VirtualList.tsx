import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  type HTMLAttributes,
  type ReactNode,
} from 'react';

import { PHONE, useMediaQuery } from '../../app/useMediaQuery';
import { useRested } from '../../app/useRested';
import type { ListItem } from './items';
import css from './VirtualList.module.css';

interface VirtualListProps {
  label: string;
  items: readonly ListItem[];
  /** How many tasks there are in all; `null` while that is not known. */
  total: number | null;
  /** Another list than before: it is shown from its beginning. */
  listKey: string;
  /** The line that the keyboard is on: it is there also where it is out of sight. */
  kept: number | null;
  /** Counts how often the keyboard went to a line, which is then brought into sight. */
  turn: number;
  /** What is done to the lines by pointer and focus. */
  handlers: HTMLAttributes<HTMLElement>;
  render: (item: ListItem) => ReactNode;
  /** The end of what was read comes near. */
  onEndNear: () => void;
}

/** So many lines before the end, the next page is asked for. */
const END_NEAR = 60;

/** Lines that are there above and below those that are seen: at first hardly any, so that these are there sooner. */
const OVERSCAN_FIRST = 1;
const OVERSCAN = 12;

/** Heights are told by what a line holds, not measured, so that nothing moves under who scrolls. */
function heightOf(item: ListItem | undefined, phone: boolean): number {
  if (item?.kind === 'heading') return 52;
  const snippet = item?.kind === 'task' && item.task.highlights?.description ? 20 : 0;
  return (phone ? 64 : 40) + snippet;
}

/** A long list, of which only what is seen is there. */
export function VirtualList({
  label,
  items,
  total,
  listKey,
  kept,
  turn,
  handlers,
  render,
  onEndNear,
}: VirtualListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const phone = useMediaQuery(PHONE);
  const rested = useRested();
  // With another `getItemKey` than before, all lines are laid out again.
  const { estimateSize, getItemKey } = useMemo(
    () => ({
      estimateSize: (index: number) => heightOf(items[index], phone),
      getItemKey: (index: number) => items[index]?.key ?? index,
    }),
    [items, phone],
  );
  const rangeExtractor = useCallback(
    (range: Range) => {
      const seen = defaultRangeExtractor(range);
      if (kept === null || seen.includes(kept)) return seen;
      return [...seen, kept].sort((one, other) => one - other);
    },
    [kept],
  );
  // What it returns is used here alone.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    rangeExtractor,
    // Until the list itself is measured it has the height of the window at most: so its lines are there at once.
    initialRect: { width: 0, height: globalThis.innerHeight },
    overscan: rested ? OVERSCAN : OVERSCAN_FIRST,
    paddingEnd: 96,
    // A heading that stands above a line comes with it.
    scrollPaddingStart: 56,
    scrollPaddingEnd: 24,
  });
  const lines = virtualizer.getVirtualItems();
  const last = lines.at(-1)?.index ?? 0;

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [listKey]);
  const bringIntoSight = useEffectEvent(() => {
    if (kept !== null) virtualizer.scrollToIndex(kept);
  });
  useEffect(() => {
    if (turn > 0) bringIntoSight();
  }, [turn]);
  useEffect(() => {
    if (rested && last >= items.length - END_NEAR) onEndNear();
  }, [rested, last, items.length, onEndNear]);

  return (
    <div ref={scroller} className={css.scroller} {...handlers}>
      <div role="list" aria-label={label} className={css.list} style={{ height: virtualizer.getTotalSize() }}>
        {lines.map((line) => {
          const item = items[line.index];
          if (!item) return null;
          const place =
            item.kind === 'task' ? { 'aria-posinset': item.position, 'aria-setsize': total ?? -1 } : {};
          return (
            <div
              key={line.key}
              role="listitem"
              {...place}
              data-group={'group' in item ? (item.group ?? undefined) : undefined}
              className={css.line}
              style={{ height: line.size, transform: `translateY(${line.start}px)` }}
            >
              {render(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
