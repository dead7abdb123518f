import type { JSX } from 'preact';
import { createKey, type Key } from '../api/keys.ts';
import { TableForm } from '../parts/table-form.tsx';
import { texts } from '../texts.ts';

/** A form for a key that reads some tables, and may add rows to them. */
export function NewKey({ onMade }: { readonly onMade: (key: Key) => void }): JSX.Element {
  return (
    <TableForm
      words={texts.keys}
      mostName={100}
      hintOf={({ rows, privacy }) => `${texts.rows(rows)} · ${texts.privacy[privacy]}`}
      onSubmit={async (name, tables, form) => onMade(await createKey(name, tables, form.has('adds')))}
    >
      <label class="check">
        <input type="checkbox" name="adds" />
        {texts.keys.adds}
      </label>
    </TableForm>
  );
}
