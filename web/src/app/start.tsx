import './tokens.css';
import './base.css';

import { startTransition, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { earlyComes, forgetEarly } from '../api/early';
import { readList } from '../tasks/queries';
import { App } from './App';
import { makeClient } from './client';
import { firstAsked } from './firstList';
import { idle } from './whenIdle';

/**
 * An answer that has come while a script ran is only told of afterwards, and so just misses the first picture. Then the page would be drawn
 * twice, the list in one go; this is sooner than anybody sees that nothing is there.
 */
const MOMENT_MS = 50;

async function start(element: HTMLElement): Promise<void> {
  const client = makeClient();
  if (await earlyComes(MOMENT_MS)) {
    // The first thing that is shown is the list itself.
    await Promise.all(firstAsked().map((query) => readList(client, query)));
  }
  const root = createRoot(element);
  // In small portions, between which the browser does what else there is to be done.
  startTransition(() =>
    root.render(
      <StrictMode>
        <App client={client} />
      </StrictMode>,
    ),
  );
  await idle();
  forgetEarly();
}

const element = document.getElementById('root');
if (element) void start(element);
