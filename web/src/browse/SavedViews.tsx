import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { go, hashOf } from "../shell/address";
import { useMenu } from "../shell/menu";
import { tell } from "../shell/notices";
import { queryOf } from "./filters";
import { forgetView, savedViews, saveView } from "./savedViews";
import { filters } from "./state";

/** Views by name: filters that are asked for again and again. */
export function SavedViews() {
  const views = useSignal(savedViews(localStorage));
  const menu = useRef<HTMLDetailsElement>(null);
  useMenu(menu);
  const here = queryOf(filters.value).toString();
  const name = views.value.find((view) => view.query === here)?.name;
  return (
    <details class="menu" ref={menu}>
      <summary class="button">{name ? `View: ${name}` : "Views"}</summary>
      <div class="menu-body card">
        {views.value.length === 0 && <p class="soft small">No view is saved in this browser.</p>}
        <ul>
          {views.value.map((view) => (
            <li key={view.name}>
              <a
                href={hashOf("browse", new URLSearchParams(view.query))}
                onClick={(event) => {
                  event.preventDefault();
                  go("browse", new URLSearchParams(view.query));
                  menu.current?.removeAttribute("open");
                }}
              >
                {view.name}
              </a>
              <button
                type="button"
                class="quiet"
                aria-label={`Forget the view ${view.name}`}
                onClick={() => {
                  views.value = forgetView(localStorage, view.name);
                }}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const field = new FormData(event.currentTarget).get("name");
            const wanted = typeof field === "string" ? field.trim() : "";
            if (!wanted) return;
            views.value = saveView(localStorage, { name: wanted, query: here });
            event.currentTarget.reset();
            tell(`Saved: ${wanted}. The address of the page can be sent to others.`);
          }}
        >
          <input
            name="name"
            aria-label="Name of the view"
            placeholder="name of this view"
            required
          />
          <button type="submit">Save</button>
        </form>
      </div>
    </details>
  );
}
