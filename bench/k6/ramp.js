// From nothing to RATE requests a second (1000) in three steps of DURATION (2m) each, and down again: where it begins to bend, and whether
// autoscalers follow.
import { duration, iterations, mix, thresholds } from './mix.js';

const top = iterations(1000);

export const options = {
  thresholds: thresholds(),
  scenarios: {
    ramp: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      preAllocatedVUs: 100,
      maxVUs: 2000,
      stages: [
        { target: Math.max(1, Math.round(top / 3)), duration: duration('2m') },
        { target: Math.max(1, Math.round((2 * top) / 3)), duration: duration('2m') },
        { target: top, duration: duration('2m') },
        { target: 1, duration: duration('2m') },
      ],
    },
  },
};

export default mix;
