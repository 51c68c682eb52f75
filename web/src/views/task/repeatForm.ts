/** How a task repeats, as the fields of a form have it. */
import type { Recurrence } from '../../api/types';
import { TIME_ZONE } from '../../time/useToday';
import { EVERY_DAY, readRule, writeRule, type Frequency, type SimpleRule } from './recurrence';

export interface RepeatForm extends SimpleRule {
  /** `own`: the rule is typed. */
  kind: Frequency | 'never' | 'own';
  /** The rule that is typed. */
  rule: string;
  from: Recurrence['from'];
  generate: Recurrence['generate'];
  missed: Recurrence['missed'];
  /** Whose days whole days are. */
  zone: string | null;
}

/** The form of a pattern; of none, one that offers each day. */
export function repeatFormOf(pattern: Recurrence | null): RepeatForm {
  const simple = pattern && readRule(pattern.rrule);
  return {
    ...(simple ?? EVERY_DAY),
    kind: pattern === null ? 'never' : (simple?.frequency ?? 'own'),
    rule: pattern?.rrule ?? '',
    from: pattern?.from ?? 'due',
    generate: pattern?.generate ?? 'when_completed',
    missed: pattern?.missed ?? 'collapse',
    zone: pattern === null ? TIME_ZONE : (pattern.time_zone ?? null),
  };
}

/** The pattern that a form says; `null` for none. */
export function patternOf({
  kind,
  rule,
  from,
  generate,
  missed,
  zone,
  ...simple
}: RepeatForm): Recurrence | null {
  if (kind === 'never') return null;
  const rrule =
    kind === 'own' ? rule.trim().replace(/^RRULE:/i, '') : writeRule({ ...simple, frequency: kind });
  return { rrule, from, generate, missed, ...(zone === null ? {} : { time_zone: zone }) };
}
