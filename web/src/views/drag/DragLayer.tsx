import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState, type CSSProperties } from 'react';
import { createPortal } from 'react-dom';

import { Icon } from '../../components/Icon';
import { rowsOf } from '../../tasks/cacheRows';
import { selection } from '../../tasks/selection';
import { useToday } from '../../time/useToday';
import { wholeDay } from '../../time/words';
import { useChange } from '../change/useChange';
import { takePresses, type OnPress } from '../list/pointer';
import css from './DragLayer.module.css';
import { beginDragging, type Dragging } from './dragging';
import { dayOfGroup, daysToDropOn, NO_DAY, placeInWords } from './places';
import { followPress } from './press';

interface Drag {
  /** What is dragged, in words. */
  words: string;
  x: number;
  y: number;
  /** The group that it would come to. */
  over: string | undefined;
}

/**
 * Moves tasks to other days: they are dragged to the group of a day, or to a day that the bar has. By touch a task is held first; held
 * and let go, it has its menu. `ids` are the tasks of the list.
 */
export default function DragLayer({ ids }: { ids: readonly string[] }) {
  const client = useQueryClient();
  const change = useChange();
  const [drag, setDrag] = useState<Drag | null>(null);

  const follow = useEffectEvent<OnPress>((event, { id, line, openMenu }) => {
    const { selected } = selection.get();
    // All that are selected go along, in the order of the list.
    const moved = selected.has(id) ? ids.filter((one) => selected.has(one)) : [id];
    let dragging: Dragging | null = null;
    let over: string | undefined;
    const end = () => {
      dragging?.end();
      dragging = null;
      line.removeAttribute('data-held');
      setDrag(null);
    };
    followPress(event, globalThis.window, {
      onHold: () => {
        line.setAttribute('data-held', '');
        if ('vibrate' in navigator) navigator.vibrate(10);
      },
      onMove: (x, y) => {
        const [only] = rowsOf(client, moved);
        const words = moved.length === 1 ? (only?.title ?? '') : `${moved.length} tasks`;
        dragging ??= beginDragging(line, (group) => {
          over = group;
          setDrag((now) => now && { ...now, over });
        });
        setDrag({ words, x, y, over });
        dragging.move(x, y);
      },
      onDrop: () => {
        const day = dayOfGroup(over);
        end();
        if (day !== undefined) change(moved, { kind: 'due', day });
      },
      onRelease: (x, y) => {
        end();
        openMenu(x, y);
      },
      onCancel: end,
    });
  });
  useEffect(() => takePresses((event, press) => follow(event, press)), []);

  return drag && <Dragged drag={drag} />;
}

/**
 * What is dragged, beside the pointer, and the days that it can be dropped on besides those of the list. It is for the window: the list's
 * own part of the page is a container, from which some browsers count what is fixed.
 */
function Dragged({ drag: { words, x, y, over } }: { drag: Drag }) {
  const today = useToday();
  const day = dayOfGroup(over);
  return createPortal(
    <div aria-hidden="true">
      <ul className={css.bar}>
        {daysToDropOn(today).map((choice) => (
          <li
            key={choice.words}
            data-group={choice.day ?? NO_DAY}
            title={choice.day === null ? undefined : wholeDay(choice.day)}
          >
            <Icon name={choice.day === null ? 'close' : 'calendar'} />
            {placeInWords(choice.day, today)}
          </li>
        ))}
      </ul>
      <div className={css.ghost} style={{ '--x': `${x}px`, '--y': `${y}px` } as CSSProperties}>
        <strong>{words}</strong>
        {day !== undefined && <span>to {placeInWords(day, today)}</span>}
      </div>
    </div>,
    document.body,
  );
}
