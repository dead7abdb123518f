import type { JSX } from 'preact';
import type { Recipe } from '../api/analyses.ts';
import { useDraft } from '../parts/field.tsx';
import { texts } from '../texts.ts';

/** Settings of reading that are choices; '' is to find out. */
const choices: readonly { readonly name: keyof typeof texts.review.settings; readonly values: readonly string[] }[] = [
  { name: 'delimiter', values: ['', ',', ';', 'tab', '|'] },
  { name: 'header', values: ['', 'true', 'false'] },
  { name: 'encoding', values: ['', 'utf-8', 'windows-1252', 'iso-8859-2', 'windows-1251', 'shift_jis', 'utf-16le'] },
  { name: 'decimal', values: ['', '.', ','] },
  { name: 'date_order', values: ['', 'dmy', 'mdy', 'ymd'] },
];

/** How the files are read, where it is known better than it can be found out. */
export function ReviewSettings({
  recipe,
  dialect,
  onChange,
}: {
  readonly recipe: Recipe;
  /** What was found out, to be shown beside the choice. */
  readonly dialect: Readonly<Record<string, unknown>>;
  readonly onChange: (name: string, value: string | null) => void;
}): JSX.Element {
  const skipped = useDraft(String(recipe.skip_rows ?? ''));
  const found = (name: string): string => {
    const value = dialect[name];
    if (typeof value !== 'string' || value === '') return texts.review.findOut;
    return texts.review.found(value === '\t' ? 'tab' : value);
  };
  const labels: Readonly<Record<string, string>> = texts.review.values;
  return (
    <fieldset class="settings">
      <legend>{texts.review.reading}</legend>
      {choices.map(({ name, values }) => (
        <label key={name}>
          {texts.review.settings[name]}
          <select
            value={String(recipe[name] ?? '')}
            onChange={({ currentTarget }) => onChange(name, currentTarget.value)}
          >
            {values.map((value) => (
              <option key={value} value={value}>
                {value === '' ? found(name) : (labels[value] ?? value)}
              </option>
            ))}
          </select>
        </label>
      ))}
      <label>
        {texts.review.settings.skip_rows}
        <input
          class="skip-rows"
          type="number"
          min="0"
          value={skipped.value}
          onInput={({ currentTarget }) => {
            skipped.value = currentTarget.value;
          }}
          onChange={({ currentTarget }) => onChange('skip_rows', currentTarget.value)}
        />
      </label>
    </fieldset>
  );
}
