import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useLayoutEffect } from 'react';
import { navigate, usePathname } from 'wouter/use-browser-location';

import { Empty } from '../components/Notice';
import { part } from '../components/part';
import { ListPage } from '../views/list/ListPage';
import { useCommands } from './keys/commands';
import { QuickAddProvider, useQuickAdd } from './quickAdd';
import { routeOf } from './routes';
import { Shell } from './Shell';
import { pageIsShown } from './whenIdle';

const OpsPage = part(() => import('../views/ops/OpsPage'));

export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <QuickAddProvider>
        <Shell>
          <View />
        </Shell>
      </QuickAddProvider>
    </QueryClientProvider>
  );
}

/** What the path leads to. */
function View() {
  const path = usePathname();
  const route = routeOf(path);
  // A list says so itself, once it has its tasks.
  const isShown = route.kind === 'ops' || route.kind === 'missing';
  useEffect(() => {
    if (isShown) pageIsShown();
  }, [isShown]);
  switch (route.kind) {
    case 'start':
      return <ToToday />;
    case 'list':
      // Each place has a list of its own: nothing of one is left in another.
      return <ListPage key={path} placeKey={path} place={route.place} />;
    case 'ops':
      return (
        <Suspense>
          <OpsPage />
        </Suspense>
      );
    case 'missing':
      return <Missing />;
  }
}

function Missing() {
  const quickAdd = useQuickAdd();
  useCommands({ add: () => quickAdd.open() });
  return (
    <Empty icon="search" title="There is no such page" alone>
      The lists are at the left.
    </Empty>
  );
}

/** The start is Today. */
function ToToday() {
  useLayoutEffect(() => navigate('/today', { replace: true }), []);
  return null;
}
