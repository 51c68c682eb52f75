import { Button } from '../../components/Button';
import { Empty } from '../../components/Notice';
import type { Place } from './views';

interface EmptyListProps {
  place: Place;
  /** Conditions were given, which nothing meets. */
  filtered: boolean;
  onClear: () => void;
  onAdd: () => void;
}

/** A list without tasks, and what helps. */
export function EmptyList({ place, filtered, onClear, onAdd }: EmptyListProps) {
  if (filtered) {
    return (
      <Empty
        icon="search"
        title="Nothing matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Fewer words or conditions find more. Typos are forgiven, and a word may be unfinished.
      </Empty>
    );
  }
  const add = (
    <Button look="primary" icon="add" onClick={onAdd}>
      Add a task
    </Button>
  );
  switch (place.kind) {
    case 'today':
      return (
        <Empty icon="today" title="All clear for today" action={add}>
          Nothing is due and nothing is late. Say it in plain English to plan something: “call Ann 5pm #work”.
        </Empty>
      );
    case 'upcoming':
      return (
        <Empty icon="calendar" title="Nothing is coming up" action={add}>
          Tasks with a due date stand here, day by day.
        </Empty>
      );
    case 'tag':
      return (
        <Empty icon="tag" title={`Nothing open is tagged ${place.tag}`} action={add}>
          Write “#{place.tag}” in a new task to put it here.
        </Empty>
      );
    case 'filter':
      return (
        <Empty icon="filter" title="Nothing matches this filter">
          What matches it later comes up here by itself.
        </Empty>
      );
    case 'all':
      return (
        <Empty icon="all" title="No open tasks" action={add}>
          Add one in plain English: “pay rent every month on the 1st 9am #home !high”.
        </Empty>
      );
  }
}
