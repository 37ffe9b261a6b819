// The words of the modules that are loaded. The build adds the calls (tools/words.ts).
export const words: Record<string, string> = {};

export function addWords(more: Record<string, string>): void {
  Object.assign(words, more);
}
