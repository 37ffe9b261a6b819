/** Turns while something is under way; what it is about is said beside it. */
export function Spinner() {
  return <span className="spinner" aria-hidden="true" />;
}
