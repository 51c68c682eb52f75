// A tenth of RATE (1000 requests a second), then all of it at once for DURATION (1m), then a tenth again: nothing may fail, and what is slow
// meanwhile has to be fast again afterwards. So it is the quiet after the spike that has the targets.
import { duration, iterations, mix, thresholds } from './mix.js';

const top = iterations(1000);
const quiet = Math.max(1, Math.round(top / 10));
const seconds = (text) => {
  const [, number, unit] = text.match(/^(\d+)(s|m|h)$/);
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit];
};
const length = seconds(duration('1m'));

function part(rate, from) {
  const shape = { executor: 'constant-arrival-rate', timeUnit: '1s', preAllocatedVUs: 100, maxVUs: 2000 };
  return Object.assign(shape, { rate, startTime: `${from}s`, duration: `${length}s` });
}

function afterwards() {
  const asked = {};
  for (const [name, limits] of Object.entries(thresholds())) {
    const timed = name.startsWith('http_req_duration{');
    // Arrivals that the generator had nobody left for are a spike's own; all others count throughout.
    if (timed) {
      asked[name.replace('}', ',scenario:after}')] = limits;
    } else if (name !== 'dropped_iterations') {
      asked[name] = limits;
    }
  }
  return asked;
}

export const options = {
  thresholds: afterwards(),
  scenarios: { before: part(quiet, 0), spike: part(top, length), after: part(quiet, 2 * length) },
};

export default mix;
