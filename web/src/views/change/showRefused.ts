import { openOverlay } from '../../app/overlay';
import type { OnRefused } from '../../tasks/bulk';

/** Shows each task that was left as it is, and why. */
export const showRefused: OnRefused = (title, refusals) => openOverlay({ kind: 'refused', title, refusals });
