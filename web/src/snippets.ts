import { quoteName } from './sql.ts';

export interface Snippet {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

/** A text within single quotes of a shell. */
const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Lines to copy that read a table with other programs. The key stands in them as `YOUR_KEY`: it is never shown. */
export function snippetsFor(of: {
  readonly server: string;
  readonly account: string;
  readonly table: string;
}): readonly Snippet[] {
  const { server, table } = of;
  const all = `select * from ${quoteName(table)}`;
  const some = `${all} limit 10`;
  const geojson = `${server}/api/v2/sql?${new URLSearchParams({ q: all, format: 'geojson', api_key: 'YOUR_KEY' })}`;
  return [
    {
      id: 'curl',
      label: 'curl',
      text: `curl -G ${shell(`${server}/api/v2/sql`)} \\\n  -H 'Authorization: Bearer YOUR_KEY' \\\n  --data-urlencode ${shell(`q=${some}`)}`,
    },
    {
      id: 'python',
      label: 'Python',
      text: `import requests\n\nanswer = requests.get(\n    ${JSON.stringify(`${server}/api/v2/sql`)},\n    params={"q": ${JSON.stringify(some)}},\n    headers={"Authorization": "Bearer YOUR_KEY"},\n)\nanswer.raise_for_status()\nfor row in answer.json()["rows"]:\n    print(row)`,
    },
    {
      id: 'javascript',
      label: 'JavaScript',
      text: `const query = new URLSearchParams({ q: ${JSON.stringify(some)} });\nconst answer = await fetch(\`${server}/api/v2/sql?\${query}\`, {\n  headers: { authorization: 'Bearer YOUR_KEY' },\n});\nconst { rows } = await answer.json();`,
    },
    {
      id: 'qgis',
      label: 'QGIS',
      text: `Layer > Add Layer > Add WFS / OGC API – Features Layer > New\n\nURL: ${server}/ogc/${encodeURIComponent(of.account)}\nVersion: OGC API – Features\nAuthentication > Basic: ${of.account} and YOUR_KEY\nCollection: ${table}`,
    },
    {
      id: 'tiles',
      label: 'Vector tiles',
      text: `${server}/tiles/${encodeURIComponent(of.account)}/${encodeURIComponent(table)}.json?api_key=YOUR_KEY`,
    },
    {
      id: 'ogr2ogr',
      label: 'ogr2ogr',
      text: `ogr2ogr -f GPKG ${shell(`${table}.gpkg`)} ${shell(geojson)} -nln ${shell(table)}`,
    },
    {
      id: 'psql',
      label: 'psql',
      text: `# the address of the server's own PostgreSQL (DATABASE_URL)\npsql "$DATABASE_URL" -c ${shell(`select * from ${quoteName(of.account)}.${quoteName(table)} limit 10`)}`,
    },
  ];
}
