/** Filled in next. */
export function Why() {
  return <p>Why</p>;
}
