/** What statuses, priorities and orders are called. */
import type { Priority, Status } from '../../api/types';
import type { Sort } from './search';

export const STATUS_WORDS: Record<Status, string> = {
  pending: 'To do',
  in_progress: 'In progress',
  completed: 'Completed',
  cancelled: 'Cancelled',
};

export const PRIORITY_WORDS: Record<Priority, string> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'No priority',
};

export const SORT_WORDS: Record<Sort, string> = {
  relevance: 'Best match',
  due: 'Due, soonest first',
  '-due': 'Due, latest first',
  priority: 'Least important first',
  '-priority': 'Most important first',
  created_at: 'Oldest first',
  '-created_at': 'Newest first',
  updated_at: 'Changed longest ago',
  '-updated_at': 'Changed last',
  title: 'Title, A to Z',
  '-title': 'Title, Z to A',
};
