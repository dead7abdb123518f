import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { account, findSession, signOut } from './api/session.ts';
import { filesOf } from './dropped-files.ts';
import { followImports, startFiles } from './imports.ts';
import { followLinks, go, path } from './router.ts';
import { texts } from './texts.ts';
import { DatasetView } from './views/dataset-view.tsx';
import { DatasetsView } from './views/datasets-view.tsx';
import { ImportView } from './views/import-view.tsx';
import { KeysView } from './views/keys-view.tsx';
import { MapPage } from './views/map-view.tsx';
import { MapsView } from './views/maps-view.tsx';
import { ReviewView } from './views/review-view.tsx';
import { SignIn } from './views/sign-in.tsx';
import { SyncView } from './views/sync-view.tsx';
import { SyncsView } from './views/syncs-view.tsx';
import { UsageView } from './views/usage-view.tsx';

interface View {
  readonly pattern: RegExp;
  readonly title: (name: string) => string;
  readonly show: (name: string) => JSX.Element;
}

const views: readonly View[] = [
  { pattern: /^\/(?:app\/?)?$/, title: () => texts.nav.import, show: () => <ImportView /> },
  { pattern: /^\/app\/datasets\/?$/, title: () => texts.nav.datasets, show: () => <DatasetsView /> },
  {
    pattern: /^\/app\/datasets\/([^/]+)$/,
    title: (name) => name,
    show: (name) => <DatasetView key={name} name={name} />,
  },
  {
    pattern: /^\/app\/review\/([^/]+)$/,
    title: () => texts.review.title,
    show: (id) => <ReviewView key={id} id={id} />,
  },
  { pattern: /^\/app\/maps\/?$/, title: () => texts.nav.maps, show: () => <MapsView /> },
  { pattern: /^\/app\/maps\/([^/]+)$/, title: () => texts.nav.maps, show: (id) => <MapPage key={id} id={id} /> },
  { pattern: /^\/app\/syncs\/?$/, title: () => texts.nav.syncs, show: () => <SyncsView /> },
  { pattern: /^\/app\/syncs\/([^/]+)$/, title: () => texts.nav.syncs, show: (id) => <SyncView key={id} id={id} /> },
  { pattern: /^\/app\/keys\/?$/, title: () => texts.nav.keys, show: () => <KeysView /> },
  { pattern: /^\/app\/usage\/?$/, title: () => texts.nav.usage, show: () => <UsageView /> },
];

/** The part of a path that a view shows, decoded; what cannot be decoded names nothing. */
function nameIn(match: RegExpExecArray): string {
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    return '';
  }
}

/** The whole app: who is signed in decides between the door and the house. */
export function App(): JSX.Element {
  useEffect(() => {
    void findSession();
    followImports();
    addEventListener('click', followLinks);
    return () => removeEventListener('click', followLinks);
  }, []);
  if (account.value === undefined) return <div class="quiet-page" />;
  if (account.value === null) return <SignIn />;
  const matches = views.map((view) => ({ view, match: view.pattern.exec(path.value) }));
  const found = matches.find(({ match }) => match !== null);
  const name = found?.match == null ? '' : nameIn(found.match);
  document.title = found === undefined ? texts.product : `${found.view.title(name)} – ${texts.product}`;
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <Header name={account.value} />
      <main id="content" tabIndex={-1}>
        {found === undefined ? <p class="empty">{texts.notFound}</p> : found.view.show(name)}
      </main>
      <DropAnywhere />
    </>
  );
}

const sections: readonly { readonly to: string; readonly label: string }[] = [
  { to: '/', label: texts.nav.import },
  { to: '/app/datasets', label: texts.nav.datasets },
  { to: '/app/maps', label: texts.nav.maps },
  { to: '/app/syncs', label: texts.nav.syncs },
  { to: '/app/keys', label: texts.nav.keys },
  { to: '/app/usage', label: texts.nav.usage },
];

function Header({ name }: { readonly name: string }): JSX.Element {
  const isCurrent = (to: string): boolean => (to === '/' ? path.value === '/' : path.value.startsWith(to));
  return (
    <header class="bar">
      <a class="brand" href="/">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        {texts.product}
      </a>
      <nav aria-label={texts.product}>
        {sections.map(({ to, label }) => (
          <a key={to} href={to} aria-current={isCurrent(to) ? 'page' : undefined}>
            {label}
          </a>
        ))}
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

/** Files and folders may be dropped on any page. */
function DropAnywhere(): JSX.Element | null {
  const isOver = useSignal(false);
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      isOver.value = false;
      const dropped = filesOf(event.dataTransfer);
      go('/');
      void dropped.then((files) => startFiles(files));
    };
    addEventListener('dragover', over, { signal });
    addEventListener('dragleave', leave, { signal });
    addEventListener('drop', drop, { signal });
    return () => listening.abort();
  }, [isOver]);
  return isOver.value ? (
    <div class="drop-anywhere" aria-hidden="true">
      <p>{texts.import.dropNow}</p>
    </div>
  ) : null;
}
