import { Toast } from '@base-ui/react/toast';

import { Icon } from './Icon';
import { toastManager } from './toasts';
import css from './ToastRegion.module.css';

/** Where toasts come up; `F6` leads there. */
export function ToastRegion() {
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
