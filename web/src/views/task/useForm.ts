import { useDraft, type DraftField } from '../../tasks/drafts';

/** The fields of a form about a task, and whether they were changed: what is typed is kept as a draft. */
export function useForm<T extends object>(
  task: { id: string; version: number },
  field: DraftField,
  initial: T,
) {
  const { draft, keep } = useDraft(task.id, field);
  const typed = draft === undefined ? null : parsed<T>(draft.text);
  const form = { ...initial, ...typed };
  return {
    form,
    isChanged: typed !== null,
    /** The version that the form was begun on. */
    version: draft?.version ?? task.version,
    change: (part: Partial<T>) =>
      keep({ text: JSON.stringify({ ...form, ...part }), version: draft?.version ?? task.version }),
    drop: () => keep(null),
  };
}

function parsed<T>(json: string): Partial<T> | null {
  try {
    return JSON.parse(json) as Partial<T>;
  } catch {
    // It is of an earlier page that wrote it otherwise.
    return null;
  }
}
