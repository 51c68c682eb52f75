/** Nothing is written yet: `npm run events` writes it, from schemas/events. */
export type components = never;
