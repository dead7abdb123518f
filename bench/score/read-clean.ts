/** The rows of a file by RFC 4180, which the clean files of corpora are written by: a reader of its own, to compare with. */
export function readClean(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /"((?:[^"]|"")*)"|([^,\r\n]*)/y;
  const source = text.replace(/^\ufeff/, '');
  for (let at = 0; at < source.length; ) {
    cell.lastIndex = at;
    const [all = '', quoted, plain] = cell.exec(source) ?? [];
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    at += all.length;
    if (source[at] === ',') {
      at++;
      if (at === source.length) row.push('');
      continue;
    }
    at += source.startsWith('\r\n', at) ? 2 : 1;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
