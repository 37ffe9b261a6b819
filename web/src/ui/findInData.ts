/** To the search of a payload that is shown; false: none is. */
export function findInData(within: Element | null | undefined): boolean {
  const field = within?.querySelector<HTMLInputElement>(".data-tools input[type=search]");
  field?.focus();
  field?.select();
  return field instanceof HTMLInputElement;
}
