import { useQueryClient } from '@tanstack/react-query';

import { focusAfterOverlay } from '../../app/overlay';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { useImports } from '../../files/imports';
import { importFiles, onEnd } from './importFiles';
import { JobView } from './JobView';
import css from './ImportDialog.module.css';

/** Chooses files to import, and shows what becomes of them. */
export default function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const jobs = useImports();
  return (
    <Dialog open={open} onClose={onClose} title="Import tasks" finalFocus={focusAfterOverlay}>
      <div className={css.body}>
        <label className={css.choose}>
          <Icon name="down" />
          Choose files
          <input
            type="file"
            multiple
            className="visually-hidden"
            onChange={({ target }) => {
              importFiles(client, [...(target.files ?? [])]);
              // The same file can be chosen again.
              target.value = '';
            }}
          />
        </label>
        <p className={css.help}>
          Or drop them anywhere on the page: JSON Lines, iCalendar, a table, or an export of Todoist or
          Taskwarrior. Importing a file again makes nothing twice.
        </p>
        <ul className={css.jobs}>
          {jobs.map((job) => (
            <li key={job.id}>
              <JobView job={job} onEnd={onEnd(client)} />
            </li>
          ))}
        </ul>
      </div>
      <footer className={css.foot}>
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </footer>
    </Dialog>
  );
}
