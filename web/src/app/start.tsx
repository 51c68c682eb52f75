import './tokens.css';
import './base.css';

import { startTransition, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { earlyHasCome, forgetEarly } from '../api/early';
import { readList } from '../tasks/queries';
import { App } from './App';
import { makeClient } from './client';
import { firstAsked } from './firstList';
import { idle } from './whenIdle';

async function start(element: HTMLElement): Promise<void> {
  const client = makeClient();
  if (earlyHasCome()) {
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
