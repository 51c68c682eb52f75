import { Toast } from '@base-ui/react/toast';
import { useEffect } from 'react';

import { Icon } from './Icon';
import css from './ToastRegion.module.css';
import { showToastsBy, type Show } from './toasts';

/** How long a toast stays; somebody who points at it or is in it by the keyboard stops the time. */
const DONE_MS = 7_000;
const PROBLEM_MS = 15_000;

const toastManager = Toast.createToastManager();

const show: Show = ({ title, description, tone = 'done', action }) => {
  const id = toastManager.add({
    title,
    description,
    type: tone,
    timeout: tone === 'problem' ? PROBLEM_MS : DONE_MS,
    priority: tone === 'problem' ? 'high' : 'low',
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          toastManager.close(id);
          action.run();
        },
      },
    }),
  });
  return () => toastManager.close(id);
};

/** Where toasts come up; `F6` leads there. */
export default function ToastRegion() {
  // The provider listens by now: effects of what is inside run first.
  useEffect(() => showToastsBy(show), []);
  return (
    <Toast.Provider toastManager={toastManager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={css.region}>
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={css.toast} swipeDirection={['down', 'right']}>
      <Toast.Content className={css.content}>
        <div className={css.words}>
          <Toast.Title render={<p />} className={css.title} />
          <Toast.Description className={css.description} />
        </div>
        <Toast.Action className={css.action} />
        <Toast.Close className={css.close} aria-label="Dismiss">
          <Icon name="close" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
