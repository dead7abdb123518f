import type { Query } from './client.ts';
import type { LayerInfo } from './metadata.ts';
import type { Page } from './page.ts';
import { Refused, TooLarge } from './refused.ts';
import { isSamePage } from './same-page.ts';

/** Asks for a page in one format. Throws what `ArcgisClient.ask` throws. */
type AskPage = (selector: Query, tries?: number) => Promise<Page>;

/**
 * Asks for pages as protocol buffers where that gives the same as JSON, which one page shows that is asked for in both.
 * Others are asked for meanwhile, and taken when that is known: all rows of a layer are of one format. A server that
 * fails in one is asked in the other from then on.
 */
export function bestFormat(layer: LayerInfo, json: AskPage, pbf: AskPage | null): (selector: Query) => Promise<Page> {
  if (pbf === null) return json;
  /** null: not known yet. */
  let isPbf: boolean | null = null;
  let trial: Promise<unknown> | null = null;
  const isKnownGood = (): boolean => isPbf === true;

  async function compare(ask: AskPage, selector: Query): Promise<Page> {
    const [page, other] = await Promise.all([
      json(selector),
      // Whatever is wrong with it, there is the other one.
      ask(selector, 1).catch(() => null),
    ]);
    if (other === null) isPbf = false;
    else if (tells(page, layer)) isPbf = isSamePage(page, other, layer);
    return isPbf === true && other !== null ? other : page;
  }

  return async (selector) => {
    while (isPbf === null && trial !== null) {
      const early = pbf(selector, 1).catch(() => null);
      await trial;
      const page = isKnownGood() ? await early : null;
      if (page !== null) return page;
    }
    if (isPbf === null) {
      const compared = compare(pbf, selector);
      trial = compared
        .catch(() => undefined)
        .finally(() => {
          trial = null;
        });
      return compared;
    }
    if (!isPbf) return json(selector);
    try {
      return await pbf(selector);
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof TooLarge)) throw error;
      const page = await json(selector);
      isPbf = false;
      return page;
    }
  };
}

/** Whether a page has something that the formats could differ in. */
const tells = ({ rows }: Page, { hasGeometry }: LayerInfo): boolean =>
  hasGeometry ? rows.some(({ geometry }) => geometry !== null) : rows.length > 0;
