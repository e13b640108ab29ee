import { useEffect } from "preact/hooks";
import { put } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { TypedInput } from "../shell/TypedInput";
import { learnInfo, tagNames } from "../why/info";

/** Which index version jobs ran on: a number or a tag; empty for all. */
export function VersionFilter({ version }: { version: string }) {
  useEffect(() => {
    learnInfo().catch(tellProblem);
  }, []);
  return (
    <div class="job-filter">
      <label class="job-filter-name small soft" for="job-version">
        Index<span class="unseen"> version that jobs ran on</span>
      </label>
      <TypedInput
        id="job-version"
        class="job-version"
        value={version}
        list="job-versions"
        placeholder="any version"
        onTyped={(typed) => put("version", [typed.trim()])}
      />
      <datalist id="job-versions">
        {tagNames.value.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </div>
  );
}
