import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError, signIn } from '../api/session.ts';
import { texts } from '../texts.ts';

/** The door: account and key, sent once. */
export function SignIn(): JSX.Element {
  const error = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    isBusy.value = true;
    try {
      await signIn(String(form.get('account')).trim(), String(form.get('key')).trim());
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      error.value = cause.status === 401 ? texts.signIn.wrong : cause.message;
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <main class="door">
      <form onSubmit={(event) => void submit(event)}>
        <h1 class="brand">
          <img src="/favicon.svg" alt="" width="32" height="32" />
          {texts.product}
        </h1>
        <label>
          {texts.signIn.account}
          <input name="account" autocomplete="username" autofocus />
        </label>
        <label>
          {texts.signIn.key}
          <input name="key" type="password" autocomplete="current-password" required aria-describedby="key-hint" />
        </label>
        <p id="key-hint" class="hint">
          {texts.signIn.keyHint}
        </p>
        {error.value === null ? null : (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="main" disabled={isBusy}>
          {texts.signIn.submit}
        </button>
      </form>
    </main>
  );
}
