/** Filled in next. */
export function Coverage() {
  return <p>Coverage</p>;
}
