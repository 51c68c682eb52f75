import { useState } from 'react';

import { focusAfterOverlay } from '../../app/overlay';
import { CommandList, type Entry } from '../../components/CommandList';
import { hasWords } from '../../components/find';
import { EXPORTS, exportTasks } from '../../files/exportTasks';

const TITLE = 'Export all tasks';

/** Chooses what all tasks are saved as. */
export default function ExportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [query, setQuery] = useState('');
  const items = EXPORTS.filter(({ words }) => hasWords(words, query)).map<Entry>(
    ({ format, words, note }) => ({
      key: format,
      icon: 'up',
      label: words,
      note,
      run: () => void exportTasks(format),
    }),
  );
  return (
    <CommandList
      open={open}
      onClose={onClose}
      title={TITLE}
      placeholder="As what"
      groups={[{ label: TITLE, items }]}
      query={query}
      onQuery={setQuery}
      empty="There is no such format"
      finalFocus={focusAfterOverlay}
    />
  );
}
