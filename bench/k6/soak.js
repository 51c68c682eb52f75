// Half of what `steady` is asked for, for hours: what grows, leaks or fills up shows here. RATE requests a second (100), for DURATION (4h).
import { duration, iterations, mix, thresholds } from './mix.js';

export const options = {
  thresholds: thresholds(),
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate: iterations(100),
      timeUnit: '1s',
      duration: duration('4h'),
      preAllocatedVUs: 50,
      maxVUs: 400,
    },
  },
};

export default mix;
