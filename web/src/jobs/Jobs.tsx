/** Filled in next. */
export function Jobs() {
  return <p>Jobs</p>;
}
