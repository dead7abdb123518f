import { signal } from '@preact/signals';

/** The path that is shown, without the query. */
export const path = signal(location.pathname);

addEventListener('popstate', () => {
  path.value = location.pathname;
});

/** Shows another page of the app. */
export function go(to: string): void {
  if (to === path.value) return;
  history.pushState(null, '', to);
  path.value = location.pathname;
  scrollTo(0, 0);
  // Whoever reads with the keyboard or by ear begins at the new page, not where the link was.
  document.getElementById('content')?.focus({ preventScroll: true });
}

/** Follows links of the app without loading the page again; all others, and clicks that ask for a new tab, go their way. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.target !== '') return;
  if (link.hasAttribute('download') || link.hash !== '') return;
  if (link.pathname !== '/' && !link.pathname.startsWith('/app/')) return;
  event.preventDefault();
  go(link.pathname);
}
