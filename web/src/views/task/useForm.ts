import { markSent, useDraft, type DraftField } from '../../tasks/drafts';

/** The fields of a form about a task: what is typed is kept as a draft. */
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
    /** The version that the form was begun on. */
    version: draft?.version ?? task.version,
    change: (part: Partial<T>) =>
      keep({ text: JSON.stringify({ ...form, ...part }), version: draft?.version ?? task.version }),
    /** It is saved as it is. */
    send: () => markSent(task.id, field),
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
