/** ISO 8601 durations of whole units, such as `PT30M` or `P1D`. */

const PATTERN = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ['week', 'day', 'hour', 'minute', 'second'] as const;

/** In words: `30 minutes`, `1 day 2 hours`; as it is where it is not such a duration. */
export function durationInWords(duration: string): string {
  const numbers = PATTERN.exec(duration)?.slice(1) ?? [];
  const parts = UNITS.flatMap((unit, at) => {
    const number = Number(numbers[at] ?? 0);
    return number === 0 ? [] : [`${number} ${unit}${number === 1 ? '' : 's'}`];
  });
  return parts.length === 0 ? duration : parts.join(' ');
}

export type DurationUnit = 'minutes' | 'hours' | 'days' | 'weeks';

/** The duration of so many units. */
export function durationOf(number: number, unit: DurationUnit): string {
  switch (unit) {
    case 'minutes':
      return `PT${number}M`;
    case 'hours':
      return `PT${number}H`;
    case 'days':
      return `P${number}D`;
    case 'weeks':
      return `P${number * 7}D`;
  }
}
