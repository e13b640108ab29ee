/** Filled in next. */
export function VersionsView() {
  return <p>VersionsView</p>;
}
