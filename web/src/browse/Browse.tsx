/** Filled in next. */
export function Browse() {
  return <p>Browse</p>;
}
