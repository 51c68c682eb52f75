import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { Redirect, Route, Switch } from 'wouter';

import { Empty } from '../components/Notice';
import { ListPage } from '../views/list/ListPage';
import { pathOf, type Place } from '../views/list/views';
import { QuickAddProvider } from './quickAdd';
import { Shell } from './Shell';

/** The page: its paths are none of the API's, which are on the same origin. */
export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <QuickAddProvider>
        <Shell>
          <Switch>
            <Route path="/">
              <Redirect to="/today" replace />
            </Route>
            <Route path="/today">
              <List place={{ kind: 'today' }} />
            </Route>
            <Route path="/upcoming">
              <List place={{ kind: 'upcoming' }} />
            </Route>
            <Route path="/all">
              <List place={{ kind: 'all' }} />
            </Route>
            <Route path="/tag/:tag">{({ tag }) => <List place={{ kind: 'tag', tag }} />}</Route>
            <Route path="/filter/:name">{({ name }) => <List place={{ kind: 'filter', name }} />}</Route>
            <Route>
              <Empty icon="search" title="There is no such page">
                The lists are at the left.
              </Empty>
            </Route>
          </Switch>
        </Shell>
      </QuickAddProvider>
    </QueryClientProvider>
  );
}

/** Each place has a list of its own: nothing of one is left in another. */
function List({ place }: { place: Place }) {
  const path = pathOf(place);
  return <ListPage key={path} placeKey={path} place={place} />;
}
