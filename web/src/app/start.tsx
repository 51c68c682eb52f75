import './tokens.css';
import './base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { forgetEarly } from '../api/early';
import { App } from './App';
import { makeClient } from './client';
import { idle } from './whenIdle';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App client={makeClient()} />
    </StrictMode>,
  );
  void idle().then(forgetEarly);
}
