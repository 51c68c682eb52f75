import { askFirstList } from './app/firstList';
import { dayOf } from './time/day';
import { formats } from './time/words';

// This comes first and is small: what it asks for is on its way while the page itself is still loaded. Nothing that it needs may need
// more than a few lines; `npm run check:size` sees to that.
askFirstList(location, dayOf(new Date()));
void import('./app/start');
// Until that is there a browser has nothing to do: it makes what the list is written with.
formats();
