import { useId, useMemo } from 'react';

interface ZoneFieldProps {
  zone: string;
  onChange: (zone: string) => void;
}

/** The zone of a wall time: typing completes. */
export function ZoneField({ zone, onChange }: ZoneFieldProps) {
  const list = useId();
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  return (
    <label>
      Zone
      <input
        list={list}
        value={zone}
        required
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => onChange(target.value)}
      />
      <datalist id={list}>
        {zones.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </label>
  );
}
