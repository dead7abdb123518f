import type { JSX } from 'preact';
import { listConnectionFields } from '../api/sources.ts';
import { useLoaded } from '../parts/load.ts';
import { Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';

const secrets: ReadonlySet<string> = new Set(['password', 'access_token', 'refresh_token']);
const longTexts: ReadonlySet<string> = new Set(['ca', 'service_account']);
const sslModes = ['', 'require', 'prefer', 'no-verify', 'disable'] as const;

/** Fields of a connection to a kind of database, as the server names them. */
export function ConnectionFields({ provider }: { readonly provider: string }): JSX.Element {
  const loaded = useLoaded(() => listConnectionFields(provider), [provider]);
  return (
    <Shown loaded={loaded.value}>
      {(fields) =>
        fields.map(({ name, required }) => (
          <div key={`${provider} ${name}`} class={longTexts.has(name) ? 'whole' : ''}>
            <label for={`connection-${name}`}>
              {texts.database.fields[name] ?? name}
              {required ? null : ` ${texts.database.optional}`}
            </label>
            <ConnectionInput name={name} required={required} />
          </div>
        ))
      }
    </Shown>
  );
}

function ConnectionInput({ name, required }: { readonly name: string; readonly required: boolean }): JSX.Element {
  const id = `connection-${name}`;
  if (name === 'sslmode') {
    return (
      <select id={id} name={name}>
        {sslModes.map((mode) => (
          <option key={mode} value={mode}>
            {texts.database.sslModes[mode]}
          </option>
        ))}
      </select>
    );
  }
  if (longTexts.has(name)) return <textarea id={id} name={name} rows={2} required={required} spellcheck={false} />;
  // Browsers that offer to keep a password would keep it under the address of this server.
  if (secrets.has(name))
    return <input id={id} name={name} type="password" required={required} autocomplete="new-password" />;
  return <input id={id} name={name} required={required} autocomplete="off" spellcheck={false} />;
}
