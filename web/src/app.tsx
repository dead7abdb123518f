import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { account, findSession, signOut } from './api.ts';
import { followLinks, path } from './router.ts';
import { texts } from './texts.ts';
import { ImportView } from './views/import-view.tsx';
import { SignIn } from './views/sign-in.tsx';

const views: readonly { readonly pattern: RegExp; readonly show: () => JSX.Element }[] = [
  { pattern: /^\/(app\/?)?$/, show: () => <ImportView /> },
];

/** The whole app: who is signed in decides between the door and the house. */
export function App(): JSX.Element {
  useEffect(() => {
    void findSession();
    addEventListener('click', followLinks);
    return () => removeEventListener('click', followLinks);
  }, []);
  if (account.value === undefined) return <div class="quiet-page" />;
  if (account.value === null) return <SignIn />;
  const view = views.find(({ pattern }) => pattern.test(path.value));
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <Header name={account.value} />
      <main id="content" tabIndex={-1}>
        {view === undefined ? <p class="empty">{texts.notFound}</p> : view.show()}
      </main>
    </>
  );
}

function Header({ name }: { readonly name: string }): JSX.Element {
  const current = (to: string): 'page' | undefined => (path.value === to ? 'page' : undefined);
  return (
    <header class="bar">
      <a class="brand" href="/">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        {texts.product}
      </a>
      <nav aria-label={texts.product}>
        <a href="/" aria-current={current('/')}>
          {texts.nav.import}
        </a>
        <a href="/docs">{texts.nav.docs}</a>
      </nav>
      <div class="who">
        <span>{name}</span>
        <button type="button" class="plain" onClick={() => void signOut()}>
          {texts.signOut}
        </button>
      </div>
    </header>
  );
}
