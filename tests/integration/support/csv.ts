/*
 * csv.ts -- reads CSV by RFC 4180, strictly: what we export must be that.
 */

export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let i = 0;
  while (i < text.length) {
    const quoted = text[i] === '"';
    let cell = "";
    if (quoted) {
      i++;
      for (;;) {
        const end = text.indexOf('"', i);
        if (end < 0) throw new Error("a quotation mark is not closed");
        cell += text.slice(i, end);
        i = end + 1;
        if (text[i] !== '"') break;
        cell += '"';
        i++;
      }
    } else {
      const end = /[,\r]/g;
      end.lastIndex = i;
      const stop = end.exec(text)?.index ?? text.length;
      cell = text.slice(i, stop);
      if (/["\n]/.test(cell)) throw new Error(`bare quotation mark or line feed in ${cell}`);
      i = stop;
    }
    row.push(cell);
    if (text[i] === ",") {
      i++;
    } else if (text.startsWith("\r\n", i)) {
      i += 2;
      rows.push(row);
      row = [];
    } else if (i < text.length) {
      throw new Error(`neither comma nor CRLF at ${i}`);
    }
  }
  if (row.length) throw new Error("the last line has no CRLF");
  const header = rows.shift() ?? [];
  return rows.map((r) => {
    if (r.length !== header.length) throw new Error(`a row has ${r.length} cells of ${header.length}`);
    return Object.fromEntries(header.map((name, n) => [name, r[n] ?? ""]));
  });
}
