import { useSignal } from "@preact/signals";
import type { Tag } from "../api/types";
import { put } from "../shell/address";
import { deleteTag, head, putTag, tags } from "./state";

const FIXED = ["live", "staging"];

/** Names of versions: made, moved, deleted. */
export function Tags() {
  return (
    <section class="card" aria-labelledby="tags-title">
      <h2 id="tags-title">Tags</h2>
      <table class="tags">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Version</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {tags.value.map((tag) => (
            <Row key={tag.name} tag={tag} />
          ))}
        </tbody>
      </table>
      <Make />
    </section>
  );
}

function Row({ tag }: { tag: Tag }) {
  const fixed = FIXED.includes(tag.name);
  return (
    <tr>
      <th scope="row">{tag.name}</th>
      <td>
        <button type="button" class="quiet" onClick={() => put("seq", [String(tag.version)])}>
          {tag.version}
        </button>
        {tag.follows && <span class="soft small"> follows</span>}
      </td>
      <td>
        {fixed ? (
          <span class="soft small">{tag.name === "live" ? "see above" : "always the newest"}</span>
        ) : (
          <>
            <button
              type="button"
              disabled={tag.version === head.value}
              onClick={() => void putTag(tag.name, head.value, tag)}
            >
              Move to {head.value}
            </button>{" "}
            <button type="button" class="danger" onClick={() => void deleteTag(tag)}>
              Delete
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

function Make() {
  const name = useSignal("");
  return (
    <form
      class="version-tag"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = name.value.trim();
        name.value = "";
        const known = tags.value.find((tag) => tag.name === wanted);
        if (wanted) void putTag(wanted, head.value, known);
      }}
    >
      <input
        aria-label="Name of the new tag"
        placeholder="name of the newest version"
        pattern="[a-z0-9][a-z0-9._\-]*"
        title="small letters, digits, dots, - and _"
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
        }}
      />
      <button type="submit">Make a tag</button>
    </form>
  );
}
