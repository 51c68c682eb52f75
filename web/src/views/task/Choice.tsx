interface ChoiceProps<T extends string> {
  label: string;
  /** What is there to choose, in its order, and how it is called. */
  words: Record<T, string>;
  chosen: T;
  onChange: (chosen: T) => void;
  /** The label is read out alone. */
  bare?: boolean;
  className?: string | undefined;
}

/** One of a few, by the browser's own list: it suits a finger, a keyboard and a screen reader. */
export function Choice<T extends string>({
  label,
  words,
  chosen,
  onChange,
  bare = false,
  className,
}: ChoiceProps<T>) {
  const select = (
    <select
      aria-label={label}
      className={className}
      value={chosen}
      onChange={({ target }) => onChange(target.value as T)}
    >
      {(Object.entries(words) as [T, string][]).map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
  if (bare) return select;
  return (
    <label>
      {label} {select}
    </label>
  );
}
