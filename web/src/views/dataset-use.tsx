import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type DatasetDetails, exportUrl } from '../api/datasets.ts';
import { account } from '../api/session.ts';
import { Snippet } from '../parts/copy.tsx';
import { snippetsFor } from '../snippets.ts';
import { quoteName } from '../sql.ts';
import { texts } from '../texts.ts';

/** Formats of a download, by the name that the SQL API has for each. */
const formats: readonly {
  readonly id: string;
  readonly label: string;
  readonly ending: string;
  readonly needsGeometry: boolean;
}[] = [
  { id: 'csv', label: 'CSV', ending: 'csv', needsGeometry: false },
  { id: 'xlsx', label: 'Excel (XLSX)', ending: 'xlsx', needsGeometry: false },
  { id: 'parquet', label: 'Parquet', ending: 'parquet', needsGeometry: false },
  { id: 'ndjson', label: 'NDJSON', ending: 'ndjson', needsGeometry: false },
  { id: 'geojson', label: 'GeoJSON', ending: 'geojson', needsGeometry: true },
  { id: 'gpkg', label: 'GeoPackage', ending: 'gpkg', needsGeometry: false },
  { id: 'shp', label: 'Shapefile', ending: 'zip', needsGeometry: true },
  { id: 'flatgeobuf', label: 'FlatGeobuf', ending: 'fgb', needsGeometry: true },
  { id: 'kml', label: 'KML', ending: 'kml', needsGeometry: true },
  { id: 'svg', label: 'SVG', ending: 'svg', needsGeometry: true },
];

/** The table elsewhere: files to download, and lines to copy for other programs. */
export function UseTab({ table }: { readonly table: DatasetDetails }): JSX.Element {
  const chosen = useSignal('curl');
  const snippets = snippetsFor({ server: location.origin, account: account.value ?? '', table: table.name });
  const usable = formats.filter(({ needsGeometry }) => !needsGeometry || table.geometry_type !== null);
  return (
    <>
      <h2>{texts.use.download}</h2>
      <p class="row start">
        {usable.map(({ id, label, ending }) => (
          <a
            key={id}
            class="button"
            href={exportUrl(`select * from ${quoteName(table.name)}`, id, table.name)}
            download={`${table.name}.${ending}`}
          >
            {label}
          </a>
        ))}
      </p>
      <h2>{texts.use.title}</h2>
      <p class="hint">{texts.use.key}</p>
      <fieldset class="choices">
        <legend class="unseen">{texts.use.title}</legend>
        {snippets.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            class="small"
            aria-pressed={id === chosen.value}
            onClick={() => {
              chosen.value = id;
            }}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {snippets
        .filter(({ id }) => id === chosen.value)
        .map(({ id, label, text }) => (
          <Snippet key={id} title={label} text={text} />
        ))}
    </>
  );
}
