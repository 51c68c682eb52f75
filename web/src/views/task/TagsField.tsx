import { Combobox } from '@base-ui/react/combobox';
import { useState } from 'react';

import { hasWords } from '../../components/find';
import { Icon } from '../../components/Icon';
import popup from '../../components/Popup.module.css';
import { useTags } from '../../tasks/queries';
import css from './TagsField.module.css';

const LENGTH_MAX = 64;

interface TagsFieldProps {
  tags: string[];
  onChange: (tags: string[]) => Promise<unknown>;
}

/** The tags of a task. Typing completes from all that there are, and makes new ones. */
export function TagsField({ tags, onChange }: TagsFieldProps) {
  const known = useTags().data ?? [];
  const [typed, setTyped] = useState('');
  // What was chosen shows at once; two choices in a row are one on top of the other.
  const [chosen, setChosen] = useState<string[] | null>(null);
  const name = typed.trim().replace(/^#/, '');
  const items = [...new Set([...known.map(({ tag }) => tag), ...(name === '' ? [] : [name])])];
  const isNew = (tag: string) => tag === name && !known.some((other) => other.tag === tag);
  const choose = (next: string[]) => {
    setChosen(next);
    setTyped('');
    void onChange(next).then(() => setChosen((latest) => (latest === next ? null : latest)));
  };
  const shown = chosen ?? tags;
  return (
    <Combobox.Root
      multiple
      autoHighlight
      items={items}
      value={shown}
      onValueChange={(next, details) => {
        // Escape leads out of the panel; it is not meant to take all tags away.
        if (details.reason === 'escape-key') {
          details.cancel();
          details.allowPropagation();
        } else choose(next);
      }}
      inputValue={typed}
      onInputValueChange={setTyped}
      // Enter takes the first: one that has it somewhere within is hardly what is meant.
      filter={(item: string) => item === name || hasWords(item, name)}
    >
      <Combobox.InputGroup className={css.field}>
        <Combobox.Chips className={css.chips}>
          {shown.map((tag) => (
            <Combobox.Chip key={tag} className={css.chip} aria-label={tag}>
              {tag}
              <Combobox.ChipRemove className={css.remove} aria-label={`Remove ${tag}`}>
                <Icon name="close" size={12} />
              </Combobox.ChipRemove>
            </Combobox.Chip>
          ))}
          <Combobox.Input
            className={css.input}
            aria-label="Tags"
            placeholder={shown.length === 0 ? 'Add tags' : ''}
            maxLength={LENGTH_MAX}
          />
        </Combobox.Chips>
      </Combobox.InputGroup>
      <Combobox.Portal>
        <Combobox.Positioner className={popup.positioner} sideOffset={4} align="start">
          <Combobox.Popup className={popup.popup} aria-label="Tags">
            <Combobox.Empty className={popup.empty}>Type the name of a tag</Combobox.Empty>
            <Combobox.List aria-label="Tags">
              {(tag: string) => (
                <Combobox.Item key={tag} value={tag} className={popup.item}>
                  <span className={popup.tick}>
                    <Combobox.ItemIndicator>
                      <Icon name="check" />
                    </Combobox.ItemIndicator>
                  </span>
                  {isNew(tag) ? `New tag “${tag}”` : tag}
                  <span className={popup.count}>{known.find((other) => other.tag === tag)?.count}</span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
