/** Has the browser keep something as a file of the person's own. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A table; the mark before it says to spreadsheets that it is UTF-8. */
export function saveCsv(name: string, table: string | Blob): void {
  saveFile(`${name}.csv`, new Blob(["\uFEFF", table], { type: "text/csv" }));
}
