/** How far ahead of UTC the clocks of a zone are at an instant, in milliseconds. */
function aheadOfUtc(instant: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(instant / 1000) * 1000;
}

/** The instant at which the clocks of a zone show a wall time such as `2026-12-01T09:00:00`. */
export function instantOf(wall: string, zone: string): Date {
  const asUtc = Date.parse(`${wall}Z`);
  const near = asUtc - aheadOfUtc(asUtc, zone);
  // Where the clocks change in between, the first guess is off by as much.
  return new Date(asUtc - aheadOfUtc(near, zone));
}
