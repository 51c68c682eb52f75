import { Icon, type IconName } from '../components/Icon';
import { chooseTheme, useTheme, type Theme } from './theme';
import css from './ThemeSwitch.module.css';

const THEMES: { theme: Theme; icon: IconName; label: string }[] = [
  { theme: 'system', icon: 'system', label: 'As the device' },
  { theme: 'light', icon: 'sun', label: 'Light' },
  { theme: 'dark', icon: 'moon', label: 'Dark' },
];

/** Light, dark, or as the device has it. */
export function ThemeSwitch() {
  const chosen = useTheme();
  return (
    <fieldset className={css.switch}>
      <legend className="visually-hidden">Theme</legend>
      {THEMES.map(({ theme, icon, label }) => (
        <label key={theme} title={label} className={css.choice}>
          <input
            type="radio"
            name="theme"
            aria-label={label}
            checked={theme === chosen}
            onChange={() => chooseTheme(theme)}
          />
          <Icon name={icon} />
        </label>
      ))}
    </fieldset>
  );
}
