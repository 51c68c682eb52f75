import { useState } from 'react';

interface NumberFieldProps {
  label: string;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

/** A whole number from 1. While another one is typed, the field may be empty for a moment. */
export function NumberField({ label, max, value, onChange }: NumberFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="number"
      aria-label={label}
      min={1}
      max={max}
      step={1}
      required
      value={typed ?? value}
      onChange={({ target }) => {
        setTyped(target.value);
        if (/^[1-9]\d*$/.test(target.value)) onChange(Number(target.value));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
