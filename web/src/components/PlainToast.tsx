import { useEffect, useState } from 'react';

import { Button, IconButton } from './Button';
import css from './PlainToast.module.css';
import { showToastsBy, type Notice } from './toasts';

/** In the place of toasts where their own part of the page cannot be loaded: the last one, until it is done with. */
export function PlainToast() {
  const [notice, setNotice] = useState<Notice | null>(null);
  useEffect(
    () =>
      showToastsBy((told) => {
        setNotice(told);
        return () => setNotice((now) => (now === told ? null : now));
      }),
    [],
  );
  const act = () => {
    setNotice(null);
    notice?.action?.run();
  };
  return (
    <div role="status">
      {notice && (
        <div className={css.toast}>
          <p className={css.words}>
            <strong>{notice.title}</strong> {notice.description}
          </p>
          {notice.action && <Button onClick={act}>{notice.action.label}</Button>}
          <IconButton icon="close" label="Dismiss" onClick={() => setNotice(null)} />
        </div>
      )}
    </div>
  );
}
