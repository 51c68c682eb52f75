// The same load for a while: what the service does all day. RATE requests a second (200), for DURATION (5m).
import { duration, iterations, mix, thresholds } from './mix.js';

export const options = {
  thresholds: thresholds(),
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: iterations(200),
      timeUnit: '1s',
      duration: duration('5m'),
      preAllocatedVUs: 50,
      maxVUs: 400,
    },
  },
};

export default mix;
