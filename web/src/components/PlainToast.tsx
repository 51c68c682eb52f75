import { useEffect, useState } from 'react';

import { Button, IconButton } from './Button';
import css from './PlainToast.module.css';
import { showToastsBy, type Notice } from './toasts';

/** In the place of toasts where their own part of the page cannot be loaded: each stays until it is done with. */
export function PlainToast() {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const close = (notice: Notice) => setNotices((all) => all.filter((other) => other !== notice));
  useEffect(
    () =>
      showToastsBy((told) => {
        setNotices((all) => [...all, told]);
        return () => close(told);
      }),
    [],
  );
  return (
    <div role="status" className={css.place}>
      {notices.map((notice, at) => (
        <div key={at} className={css.toast}>
          <p className={css.words}>
            <strong>{notice.title}</strong> {notice.description}
          </p>
          {notice.action && (
            <Button
              onClick={() => {
                close(notice);
                notice.action?.run();
              }}
            >
              {notice.action.label}
            </Button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => close(notice)} />
        </div>
      ))}
    </div>
  );
}
