import type { ExportContext } from '../export/format.ts';
import type { Viewer } from '../store/viewers.ts';
import type { HttpDeps } from './deps.ts';
import { explainQueryError } from './sql-errors.ts';

/** What a file is to be like; the rest of a context is the same for all. */
export type ExportWishes = Pick<ExportContext, 'name' | 'decimals' | 'safeCells' | 'startedMs' | 'maxLength'>;

/** What formats need of the server to write what a viewer may read. */
export function exportContextOf(
  deps: Pick<HttpDeps, 'openQuery' | 'openExportFolder'>,
  viewer: Viewer,
  wishes: ExportWishes,
  signal: AbortSignal,
): ExportContext {
  return {
    ...wishes,
    explain: explainQueryError,
    openFolder: () => deps.openExportFolder(`${viewer.account.name}/${viewer.as}`),
    async findSystem(srid) {
      const text = `select auth_name, auth_srid, srtext from public.spatial_ref_sys where srid = ${srid}`;
      await using cursor = await deps.openQuery(viewer, text, { skipRows: 0, maxRows: 1 }, signal);
      const [row] = await cursor.fetch(1);
      if (row === undefined) return null;
      const [authority = null, code = null, wkt = null] = row;
      return { srid, authority, code: Number(code ?? srid), wkt: wkt ?? '' };
    },
  };
}
